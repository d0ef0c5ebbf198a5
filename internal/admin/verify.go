package admin

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"slices"
	"strings"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// Select returns the versions, the newest first, and the faults of the images that
// people call by these names, or all if there are no names. A name for which there
// is neither is failure.NotFound.
func Select(s *store.Snapshot, names ...string) (versions []image.Version, faults []store.Fault, err error) {
	if len(names) == 0 {
		for _, p := range s.Products() {
			versions = append(versions, historyOf(s, p)...)
		}
		return versions, s.Faults(), nil
	}
	for _, name := range names {
		damaged := slices.DeleteFunc(s.Faults(), func(f store.Fault) bool { return !strings.HasPrefix(f.Folder, image.Dir+"/"+name+"/") })
		found, err := Find(s, name, "")
		if err != nil && len(damaged) == 0 {
			return nil, nil, err
		}
		faults = append(faults, damaged...)
		for _, h := range found {
			versions = append(versions, h...)
		}
	}
	return versions, faults, nil
}

// Check compares with its folders what a store says of the images that people call by these
// names. It looks through all folders if there are no names, or the store does not know one:
// somebody may have put that image there.
func Check(ctx context.Context, s store.Store, names ...string) error {
	now, err := s.Versions(ctx)
	if err != nil {
		return err
	}
	var of []image.Product
	for _, name := range names {
		found, err := Find(now, name, "")
		if err != nil {
			return s.Check(ctx)
		}
		for _, h := range found {
			if !slices.Contains(of, h.Product()) {
				of = append(of, h.Product())
			}
		}
	}
	return s.Check(ctx, of...)
}

// Verify reads versions, one after the other, and gives each with what is wrong with
// it: nil if nothing is, or if it was pruned meanwhile. A file that several versions share is
// read once. begin is told of each version before it is read, and done how many more bytes
// are known to be right or wrong. It ends early when ctx ends.
func Verify(ctx context.Context, s store.Store, versions []image.Version, begin func(image.Version), done func(bytes int64)) iter.Seq2[image.Version, error] {
	return func(yield func(image.Version, error) bool) {
		seen := files{}
		for _, v := range versions {
			begin(v)
			err := seen.verify(ctx, s, v, done, done)
			if ctx.Err() != nil {
				return
			}
			if errors.Is(err, fs.ErrNotExist) {
				err = nil
			}
			if !yield(v, err) {
				return
			}
		}
	}
}

// Remove takes away damaged versions, and folders that should be versions and are none,
// and returns the folders of those that are gone.
func Remove(ctx context.Context, s store.Store, damaged []image.ID) (removed []string, err error) {
	var errs []error
	for _, id := range damaged {
		if err := s.Remove(ctx, id, "it is damaged", store.Delete); err != nil {
			errs = append(errs, err)
		} else {
			removed = append(removed, id.Dir())
		}
	}
	if len(removed) > 0 {
		errs = append(errs, updateIndex(ctx, s))
	}
	return removed, errors.Join(errs...)
}
