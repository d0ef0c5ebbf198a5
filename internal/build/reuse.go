package build

import (
	"context"
	"slices"
	"strings"
	"sync"

	"lxdocker/internal/convert"
	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// manifestIndex finds the products on demand of a store by the manifest they were made from.
// Any number of tags may name one manifest.
type manifestIndex struct {
	mu       sync.Mutex
	store    store.Store
	at       *store.Snapshot
	products map[string][]image.Product
	digests  map[image.Product][]string
}

// of lists the products of a manifest.
func (x *manifestIndex) of(s store.Store, now *store.Snapshot, digest string) []image.Product {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.at == nil || x.store != s {
		x.store, x.at = s, store.NewSnapshot(nil, nil)
		x.products, x.digests = map[string][]image.Product{}, map[image.Product][]string{}
	}
	for _, p := range now.Changed(x.at) {
		for _, d := range x.digests[p] {
			if x.products[d] = slices.DeleteFunc(x.products[d], func(q image.Product) bool { return p == q }); len(x.products[d]) == 0 {
				delete(x.products, d)
			}
		}
		delete(x.digests, p)
		for _, v := range now.Product(p) {
			if v.Hub && !slices.Contains(x.digests[p], v.SourceDigest) {
				d := strings.Clone(v.SourceDigest)
				x.digests[p], x.products[d] = append(x.digests[p], d), append(x.products[d], p)
			}
		}
	}
	x.at = now
	return slices.Clone(x.products[digest])
}

// maxCandidates bounds how many products of one manifest are compared. They have the same
// root file system, unless another version of lxdocker made them.
const maxCandidates = 8

// reusable returns a published version with the root file system that a conversion would make,
// or the zero value.
func (b *Builder) reusable(ctx context.Context, s store.Store, c *convert.Conversion) image.Version {
	if !c.OnDemand {
		return image.Version{}
	}
	now, err := s.Versions(ctx)
	if err != nil {
		return image.Version{} // publishing will report it
	}
	products := b.manifests.of(s, now, c.Manifest())
	for _, p := range products[max(0, len(products)-maxCandidates):] {
		for _, v := range now.Product(p) {
			if c.Reusable(v) {
				return v
			}
		}
	}
	return image.Version{}
}
