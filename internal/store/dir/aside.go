package dir

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lxdocker/internal/durable"
	"lxdocker/internal/image"
)

// setAside moves the folder of a version to where it is kept until its product has been
// published again.
func (s *Store) setAside(ctx context.Context, id image.ID) error {
	return s.change(ctx, []image.Product{id.Product}, func(r *record) error {
		folder, err := s.makeDirs(asideDir)
		if err != nil {
			return err
		}
		to := filepath.Join(folder, binName(id))
		if _, err := os.Lstat(s.path(id.Dir())); err == nil {
			if err := os.RemoveAll(to); err != nil { // somebody has put it back, and it was no better
				return err
			}
		}
		moved, err := s.moveAway(id, folder, r)
		if err != nil || !moved {
			return err
		}
		now := s.clock()
		return errors.Join(os.Chtimes(to, now, now), durable.Sync(folder))
	})
}

// binName is the name of a version's folder in a place that is for all of them.
func binName(id image.ID) string { return strings.ReplaceAll(id.Dir(), "/", "+") }

// replaced moves what was set aside into a bin if its product was published later. The
// caller has the mutation lock.
func (s *Store) replaced(bin func() (string, error)) error {
	entries, err := os.ReadDir(s.path(asideDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	errs := []error{err}
	for _, e := range entries {
		id, ok := image.ParseDir(strings.ReplaceAll(e.Name(), "+", "/"))
		info, err := e.Info()
		if !ok || err != nil {
			continue // somebody else's, or gone
		}
		s.mu.Lock()
		v, ok := s.state.snapshot.Current(id.Product)
		s.mu.Unlock()
		if !ok || v.Published().Before(info.ModTime().Truncate(time.Second)) { // serials are seconds
			continue
		}
		to, err := bin()
		if err == nil {
			err = durable.Rename(s.path(asideDir, e.Name()), filepath.Join(to, e.Name()))
		}
		errs = append(errs, err)
	}
	_ = os.Remove(s.path(asideDir)) // fails, rightly, if there is something in it
	return errors.Join(errs...)
}
