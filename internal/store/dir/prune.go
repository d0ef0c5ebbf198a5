package dir

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"lxdocker/internal/durable"
	"lxdocker/internal/image"
)

// Prune implements store.Store.
func (s *Store) Prune(ctx context.Context, now time.Time, grace time.Duration) (removed []image.Version, err error) {
	var rubbish []*durable.Scratch
	err = s.withLock(ctx, func() error {
		var also error
		rubbish, also = durable.Abandoned(s.path(tmpDir), "")
		err := s.prepare(ctx)
		if err == nil {
			removed, err = s.prune(now, grace, &rubbish)
		}
		return errors.Join(also, err)
	})
	// Freeing the disk takes long, and concerns nobody any more.
	errs := []error{err}
	for _, c := range rubbish {
		errs = append(errs, c.Release())
	}
	if err := errors.Join(errs...); err != nil {
		return removed, fmt.Errorf("pruning the store: %w", err)
	}
	return removed, nil
}

// prune moves the versions away whose time is over. The caller has the mutation lock.
func (s *Store) prune(now time.Time, grace time.Duration, rubbish *[]*durable.Scratch) (removed []image.Version, err error) {
	s.compactIfLong()
	var scratch *durable.Scratch
	bin := func() (string, error) {
		if scratch == nil {
			made, err := s.scratchLocked("pruned-")
			if err != nil {
				return "", err
			}
			scratch = made
			*rubbish = append(*rubbish, made)
		}
		return scratch.Dir, nil
	}
	if err := s.replaced(bin); err != nil {
		return nil, err
	}
	due, of, err := s.due(now, grace)
	if err != nil || len(due) == 0 {
		return nil, err
	}
	folder, err := bin()
	if err != nil {
		return nil, err
	}
	// On a full disk, this makes room: the ledger can be rebuilt.
	if err = s.begin(of); err != nil {
		s.mu.Lock()
		err = s.drop()
		s.mu.Unlock()
	}
	if err != nil {
		return nil, err
	}
	err = s.commitBegun(of, func(r *record) error {
		var errs []error
		for _, v := range due {
			moved, err := s.moveAway(v.ID(), folder, r)
			errs = append(errs, err)
			if moved {
				removed = append(removed, v)
			}
		}
		return errors.Join(errs...)
	})
	return removed, err
}

// due lists the versions whose time is over, and their products. Those that
// streams/v1/images.json still names stay: a static web server offers that file. The
// caller has the mutation lock, and not mu: that file is large.
func (s *Store) due(now time.Time, grace time.Duration) (due []image.Version, of []image.Product, err error) {
	due = s.over(now, grace)
	if len(due) == 0 {
		return nil, nil, nil
	}
	listed, err := s.listed()
	if err != nil {
		return nil, nil, err
	}
	due = slices.DeleteFunc(due, func(v image.Version) bool { return listed[v.Dir()] })
	slices.SortFunc(due, func(a, b image.Version) int { return a.ID().Compare(b.ID()) })
	for _, v := range due {
		of = append(of, v.Product())
	}
	return due, of, nil
}

// over lists the versions that were retired so long ago. The caller has the mutation lock.
func (s *Store) over(now time.Time, grace time.Duration) (all []image.Version) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, at := range s.state.retired {
		if at.After(now.Add(image.ClockSkew)) {
			at = s.seenRetired(id, at, now)
		}
		if v, ok := s.state.snapshot.Version(id); ok && !at.Add(grace).After(now) {
			all = append(all, v)
		}
	}
	return all
}

// listed are the folders of versions that images.json names.
func (s *Store) listed() (map[string]bool, error) {
	data, err := os.ReadFile(s.path(streamsDir, imagesFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return foldersIn(data), err
}

// foldersIn finds the folders of versions in the paths of an images.json.
func foldersIn(data []byte) map[string]bool {
	all := map[string]bool{}
	for {
		i := bytes.Index(data, []byte(`"`+image.Dir+"/"))
		if i < 0 {
			return all
		}
		data = data[i+1:]
		end := max(bytes.IndexByte(data, '"'), 0)
		if dir := path.Dir(string(data[:end])); !all[dir] {
			all[dir] = true
		}
		data = data[end:]
	}
}

// moveAway takes a version away by one rename, so that no reader and no crash
// ever sees half of it, and notes what is so then.
func (s *Store) moveAway(id image.ID, bin string, r *record) (moved bool, err error) {
	p := id.Product
	err = os.Rename(s.path(id.Dir()), filepath.Join(bin, binName(id)))
	if errors.Is(err, fs.ErrNotExist) {
		r.Gone = append(r.Gone, id) // somebody without a ledger was faster
		return false, nil
	}
	if err == nil {
		err = durable.Sync(s.path(p.Dir()))
	}
	if err != nil {
		return false, err
	}
	r.Gone = append(r.Gone, id)
	// Empty folders of products that are no more. Both fail, rightly, if there
	// is something in them, which a pin is not: nothing is left to be pinned.
	if left, err := os.ReadDir(s.path(p.Dir())); err == nil && len(left) == 1 && left[0].Name() == pinnedFile {
		_ = os.Remove(s.path(p.Dir(), pinnedFile))
	}
	if os.Remove(s.path(p.Dir())) == nil {
		r.Pins = append(r.Pins, pinned{Product: p})
		_ = os.Remove(s.path(image.Dir, p.Name))
	}
	return true, nil
}
