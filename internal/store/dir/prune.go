package dir

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lxdocker/internal/image"
)

// Prune implements store.Store.
func (s *Store) Prune(ctx context.Context, now time.Time, grace time.Duration) (removed []image.Version, err error) {
	var rubbish []*scratch
	err = s.alone(ctx, func() (err error) {
		removed, rubbish, err = s.prune(ctx, now, grace)
		return err
	})
	// Freeing the disk takes long, and concerns nobody any more.
	errs := []error{err}
	for _, c := range rubbish {
		errs = append(errs, c.release())
	}
	if err := errors.Join(errs...); err != nil {
		return removed, fmt.Errorf("pruning the store: %w", err)
	}
	return removed, nil
}

// prune moves away what Prune removes, and gives the folders to be released.
func (s *Store) prune(ctx context.Context, now time.Time, grace time.Duration) (removed []image.Version, rubbish []*scratch, err error) {
	due, err := s.due(ctx, now, grace)
	if err != nil {
		return nil, nil, err
	}
	rubbish, err = s.abandoned()
	errs := []error{err}
	if len(due) > 0 {
		bin, err := s.scratchAlone("pruned-")
		if err != nil {
			return nil, rubbish, errors.Join(append(errs, err)...)
		}
		rubbish = append(rubbish, bin)
		for _, v := range due {
			if err := s.moveAway(v, bin.dir); err != nil {
				errs = append(errs, err)
				continue
			}
			removed = append(removed, v)
		}
	}
	return removed, rubbish, errors.Join(errs...)
}

// due lists the versions whose time is over.
func (s *Store) due(ctx context.Context, now time.Time, grace time.Duration) (due []image.Version, err error) {
	all, err := s.Versions(ctx)
	if err != nil {
		return nil, err
	}
	listed, err := s.listed()
	if err != nil {
		return nil, err
	}
	for _, v := range all.List() {
		named := bytes.Contains(listed, []byte(`"`+v.Dir()+"/"))
		if v.Retired != nil && !v.Retired.Add(grace).After(now) && !named {
			due = append(due, v)
		}
	}
	return due, nil
}

// moveAway takes a version away by one rename, so that no reader and no crash
// ever sees half of it.
func (s *Store) moveAway(v image.Version, bin string) error {
	if err := os.Rename(s.path(v.Dir()), filepath.Join(bin, strings.ReplaceAll(v.Dir(), "/", "+"))); err != nil {
		return err
	}
	if err := syncDir(s.path(v.Product().Dir())); err != nil {
		return err
	}
	// Empty folders of products that are no more. Both fail, rightly, if there
	// is something in them, which a pin is not: nothing is left to be pinned.
	if left, err := os.ReadDir(s.path(v.Product().Dir())); err == nil && len(left) == 1 && left[0].Name() == pinnedFile {
		_ = os.Remove(s.path(v.Product().Dir(), pinnedFile))
	}
	if os.Remove(s.path(v.Product().Dir())) == nil {
		_ = os.Remove(s.path(image.Dir, v.Name))
	}
	return nil
}
