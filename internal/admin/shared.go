package admin

import (
	"context"
	"errors"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// files are those that a pass has found to be right, with the sums that they have. Any number
// of versions may share one: so that a pass takes as long as reading the disk does, it is
// read once.
type files map[any]string

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
