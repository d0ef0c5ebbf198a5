package build

import (
	"context"
	"errors"

	"lxdocker/internal/convert"
	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// Update brings one image up to date, and returns the version that clients get.
// background says that nobody waits for it: a registry that asked to be left alone
// is.
//
// It needs no lock of the store, as long as nobody else updates this product: a run
// on specs does not touch what was made on demand. What it costs does not depend on
// what else the store holds; Tidy does the rest.
func (b *Builder) Update(ctx context.Context, s *store.Store, j convert.Job, background bool) (image.Version, error) {
	versions, err := offered(s, j.Product)
	if err != nil {
		return image.Version{}, err
	}
	var u used
	result := b.one(ctx, s, j, image.Current(versions)[j.Product], background, &u)
	if result.Err != nil {
		return result.Version, result.Err
	}
	if versions, err = offered(s, j.Product); err != nil {
		return result.Version, err
	}
	return result.Version, retire(s, b.Keep.Superseded(versions, b.Now()), b.Now())
}

// Drop takes a product out of what the store offers, unless it is pinned. Its files
// stay as long as those of every version that left the index.
func (b *Builder) Drop(s *store.Store, p image.Product) error {
	versions, err := offered(s, p)
	if err != nil {
		return err
	}
	var leave []image.Version
	for _, v := range versions {
		if v.Pinned == nil {
			leave = append(leave, v)
		}
	}
	return retire(s, leave, b.Now())
}

// Tidy does what is left to do after updates: it writes the static index, removes
// the files of versions that left it a day ago, and makes the cache as small as it
// shall be.
func (b *Builder) Tidy(s *store.Store) error {
	i := index{store: s, now: b.Now}
	var u used
	return errors.Join(i.flush(), b.prune(s), b.collectFor(s, &u, b.Retention, false))
}

// offered lists the versions of a product that have not left the index.
func offered(s *store.Store, p image.Product) (all []image.Version, err error) {
	versions, err := s.Versions()
	for _, v := range versions {
		if v.Product() == p && v.Retired == nil {
			all = append(all, v)
		}
	}
	return all, err
}
