package admin

import (
	"context"
	"errors"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// files are those that were found to be right, with the sums that they have. Any number of
// versions may share one: so that looking through all takes as long as reading the disk does,
// it is read once.
type files map[any]string

// verify is store.Verify for a version, but for those of its files that were read for another
// one: of these, count is told as if they were read again, if it is not nil. The fingerprint
// is compared only when all files are read. Damaged files are read for each of their versions.
func (seen files) verify(ctx context.Context, s store.Store, v image.Version, read, count func(bytes int64)) error {
	unread := seen.unread(ctx, s, v)
	if len(unread) == len(v.Files) {
		if err := store.Verify(ctx, s, v, read); err != nil {
			return err
		}
		seen.note(ctx, s, v)
		return nil
	}
	rest := v.Size()
	var errs []error
	for _, f := range unread {
		rest -= f.Size
		errs = append(errs, store.VerifyFile(ctx, s, v, f, read))
	}
	if count != nil {
		count(rest)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	seen.note(ctx, s, v)
	return nil
}

// identity says which file of the store that of a version is; nil if nobody knows.
func identity(ctx context.Context, s store.Store, v image.Version, f image.File) any {
	p, err := s.OpenFile(ctx, v.Path(f))
	if err != nil {
		return nil
	}
	defer p.Close()
	if c, ok := p.Content.(store.Identified); ok {
		return c.Identity()
	}
	return nil
}

// unread lists the files of a version that are not among them.
func (seen files) unread(ctx context.Context, s store.Store, v image.Version) (all []image.File) {
	for _, f := range v.Files {
		if id := identity(ctx, s, v, f); id == nil || seen[id] != f.SHA256 {
			all = append(all, f)
		}
	}
	return all
}

// note adds the files of a version.
func (seen files) note(ctx context.Context, s store.Store, v image.Version) {
	for _, f := range v.Files {
		if id := identity(ctx, s, v, f); id != nil {
			seen[id] = f.SHA256
		}
	}
}

// sharing lists the other versions that have a damaged file of this one.
func (s *Scrubber) sharing(ctx context.Context, v image.Version, seen files) (all []image.Version) {
	damaged, sums := map[any]bool{}, map[string]bool{}
	for _, f := range seen.unread(ctx, s.Store, v) {
		id := identity(ctx, s.Store, v, f)
		if id != nil && errors.Is(store.VerifyFile(ctx, s.Store, v, f, s.throttled(ctx)), store.ErrDamaged) {
			damaged[id], sums[f.SHA256] = true, true
		}
	}
	now, err := s.Store.Versions(ctx)
	if err != nil || len(damaged) == 0 {
		return nil
	}
	for _, other := range now.List() {
		for _, f := range other.Files {
			if other.ID() != v.ID() && sums[f.SHA256] && damaged[identity(ctx, s.Store, other, f)] {
				all = append(all, other)
				break
			}
		}
	}
	return all
}
