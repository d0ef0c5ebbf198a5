package dir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"lxdocker/internal/durable"
	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// Remove implements store.Store: it moves the folder away, or else takes the version out of
// the offer of this process. Open files of the version can still be read to their end.
func (s *Store) Remove(ctx context.Context, id image.ID, why string, files store.Fate) error {
	move := s.remove
	if files == store.SetAside {
		move = s.setAside
	}
	if !id.Valid() {
		return errors.New("removing a version: there are no such versions")
	}
	err := s.judge(id)
	if err == nil {
		err = move(ctx, id)
	}
	if err == nil || errors.Is(err, errLater) || ctx.Err() != nil {
		return wrapRemoving(id, err)
	}
	s.cacheMu.Lock()
	s.condemned[id] = why
	s.cacheMu.Unlock()
	return wrapRemoving(id, errors.Join(err, s.mend(ctx, []image.Product{id.Product})))
}

func wrapRemoving(id image.ID, err error) error {
	if err != nil {
		err = fmt.Errorf("removing the version %s: %w", id.Dir(), err)
	}
	return err
}

// errLater says that a version is none that this program can judge.
var errLater = errors.New("a later program has written it, or it cannot be read now")

func (s *Store) remove(ctx context.Context, id image.ID) error {
	var bin *durable.Scratch
	err := s.change(ctx, []image.Product{id.Product}, func(r *record) (err error) {
		if bin, err = s.scratchLocked("damaged-"); err != nil {
			return err
		}
		_, err = s.moveAway(id, bin.Dir, r)
		return err
	})
	if bin != nil {
		err = errors.Join(err, bin.Release())
	}
	return err
}

// judge is an error if it is not the version that is wrong.
func (s *Store) judge(id image.ID) error {
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		return err
	}
	defer root.Close()
	if _, err = read(root, id); errors.Is(err, errFormat) || errors.Is(err, fs.ErrPermission) || exhausted(err) {
		return fmt.Errorf("%w: %w", errLater, err)
	}
	return nil
}

// read reads a version, unless it is known to be damaged.
func (s *Store) read(root *os.Root, id image.ID) (image.Version, error) {
	if why := s.condemnedFor(id); why != "" {
		return image.Version{}, errors.New(why)
	}
	return read(root, id)
}

// condemnedFor says what is wrong with a version that could not be removed; "" if it may
// be read.
func (s *Store) condemnedFor(id image.ID) string {
	s.cacheMu.Lock()
	defer s.cacheMu.Unlock()
	return s.condemned[id]
}
