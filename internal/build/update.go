package build

import (
	"context"
	"errors"
	"slices"

	"lxdocker/internal/convert"
	"lxdocker/internal/image"
	"lxdocker/internal/progress"
	"lxdocker/internal/store"
)

// Update brings one image up to date, and returns the version that clients get. background
// says that nobody waits for it: then the rate limits of registries are respected.
//
// Updates of the same product, in this process or another, take turns, so that nothing is
// made twice. Update does not need the store's lock: a run on specs does not touch images
// on demand. Its cost does not depend on what else the store and the cache hold: Tidy and Trim do
// the rest, when nobody waits any more.
func (b *Builder) Update(ctx context.Context, s store.Store, j convert.Job, background bool) (image.Version, error) {
	release, err := store.Lock(ctx, s, nil, j.Product)
	if err != nil {
		return image.Version{}, err
	}
	defer release()
	versions, err := listed(ctx, s, j.Product)
	if err != nil {
		return image.Version{}, err
	}
	var u used
	current := image.Current(versions)[j.Product]
	result := b.one(ctx, s, j, current, background, &u)
	if result.Note != RateLimited {
		b.noteOne(ctx, j, current.Serial != "", result.Err)
	}
	if result.Err != nil {
		return result.Version, aboutImage(result.Err)
	}
	if versions, err = listed(ctx, s, j.Product); err != nil {
		return result.Version, err
	}
	return result.Version, s.Retire(ctx, b.Now(), b.Rules().Keep.Superseded(versions, b.Now())...)
}

// Outdated says whether Update would make another version than the current one: it asks the
// registry what the reference means now, and fetches no layers. Rate limits of registries
// are respected.
func (b *Builder) Outdated(ctx context.Context, s store.Store, j convert.Job) (bool, error) {
	versions, err := listed(ctx, s, j.Product)
	if err != nil {
		return false, err
	}
	current := image.Current(versions)[j.Product]
	if b.leaveAlone(j, current, true) != "" {
		return false, nil
	}
	c, err := b.Start(ctx, j, progress.Discard().Task(j.Title()))
	if err != nil {
		return false, err
	}
	defer c.Close()
	return current.Key != c.Key() && !slices.Contains(current.Undone, c.Key()), nil
}

// Drop takes a product out of what the store offers, unless it is pinned. Its files
// stay as long as those of every version that left the index.
func (b *Builder) Drop(ctx context.Context, s store.Store, p image.Product) error {
	versions, err := listed(ctx, s, p)
	if err != nil {
		return err
	}
	var leave []image.Version
	for _, v := range versions {
		if v.Pinned == nil {
			leave = append(leave, v)
		}
	}
	return s.Retire(ctx, b.Now(), leave...)
}

// Tidy does what is left to do after updates: it writes the static index, removes
// the files of versions that left it a day ago, and makes the cache as small as it
// shall be.
func (b *Builder) Tidy(ctx context.Context, s store.Store) error {
	i := index{store: s, now: b.Now, log: b.Log}
	var u used
	return errors.Join(i.flush(ctx), b.prune(ctx, s), b.collectFor(ctx, s, &u, b.Rules().Retention, false))
}

// listed lists the versions of a product that have not left the index.
func listed(ctx context.Context, s store.Store, p image.Product) (all []image.Version, err error) {
	now, err := s.Versions(ctx)
	if err != nil {
		return nil, err
	}
	for _, v := range now.Product(p) {
		if v.Retired == nil {
			all = append(all, v)
		}
	}
	return all, nil
}
