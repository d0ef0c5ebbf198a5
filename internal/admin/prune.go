package admin

import (
	"context"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/simplestreams"
	"lxdocker/internal/store"
)

// Pruned is what pruning does, or did.
type Pruned struct {
	Superseded []image.Version // leave the index; their files stay for image.Grace
	Removed    []image.Version // their files go, as that is over
	Waiting    []image.Version // left the index before; their files go later
}

// Freed is how much room the files of removed versions had that no version shares which
// is left.
func (p Pruned) Freed(left *store.Snapshot) (bytes int64) {
	counted := map[string]bool{}
	for _, v := range left.List() {
		for _, f := range v.Files {
			counted[f.SHA256] = true
		}
	}
	for _, v := range p.Removed {
		for _, f := range v.Files {
			if !counted[f.SHA256] {
				bytes += f.Size
			}
			counted[f.SHA256] = true
		}
	}
	return bytes
}

// PlanPrune says what Prune would do.
func PlanPrune(s *store.Snapshot, r image.Retention, now time.Time) (p Pruned) {
	all := s.List()
	p.Superseded = r.Superseded(all, now)
	for _, v := range all {
		switch {
		case v.Retired == nil:
		case v.Retired.Add(image.Grace).After(now):
			p.Waiting = append(p.Waiting, v)
		default:
			p.Removed = append(p.Removed, v)
		}
	}
	return p
}

// Prune takes the versions that are superseded out of the index, and removes the
// files of those that left it image.Grace ago.
func Prune(ctx context.Context, s store.Store, r image.Retention, now time.Time) (Pruned, error) {
	snapshot, err := s.Versions(ctx)
	if err != nil {
		return Pruned{}, err
	}
	p := PlanPrune(snapshot, r, now)
	p.Removed = nil // until it has happened
	if err := s.Retire(ctx, now, p.Superseded...); err != nil {
		return p, err
	}
	if err := updateIndex(ctx, s); err != nil {
		return p, err
	}
	p.Removed, err = s.Prune(ctx, now, image.Grace)
	return p, err
}

// Rollback offers an older version of an image again, as the newest, and returns
// it. Runs do not make what it takes back again.
func Rollback(ctx context.Context, s store.Store, v image.Version) (image.Version, error) {
	again, err := store.Rollback(ctx, s, v)
	if err != nil {
		return again, err
	}
	return again, updateIndex(ctx, s)
}

// updateIndex makes the index for static web servers say what the store offers.
func updateIndex(ctx context.Context, s store.Store) error {
	return s.UpdateStreams(ctx, simplestreams.RenderProducts)
}
