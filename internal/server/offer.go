package server

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"lxdocker/internal/catalog"
	"lxdocker/internal/document"
	"lxdocker/internal/image"
)

// offer keeps the catalog of a store. Each request looks at the store again, which
// costs next to nothing if nothing has changed; else the catalog is made anew for
// the products that something happened to.
type offer struct {
	store Store
	log   *slog.Logger

	mu      sync.Mutex // held while the store is asked: nobody gets what was there before it asked
	catalog *catalog.Catalog
}

// now is what the store offers.
func (o *offer) now(ctx context.Context) (*catalog.Catalog, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	versions, err := o.store.Versions()
	if err != nil {
		return nil, err
	}
	changed := changedOf(o.catalog, versions)
	if o.catalog != nil && len(changed) == 0 {
		return o.catalog, nil
	}
	before := o.catalog
	if before == nil {
		before = catalog.New(nil)
	}
	o.catalog = before.With(changed)
	o.report(before)
	return o.catalog, nil
}

// report logs what is new.
func (o *offer) report(before *catalog.Catalog) {
	old := before.Products()
	changed := false
	for _, p := range o.catalog.Products() {
		i, found := slices.BinarySearchFunc(old, p, func(a, b *catalog.Product) int { return a.Product.Compare(b.Product) })
		if found && old[i] == p {
			continue
		}
		changed = true
		for _, x := range p.Refused {
			if !found || !slices.Contains(old[i].Refused, x) {
				o.log.Warn("two images want one alias", "alias", x.Alias, "architecture", x.Architecture, "given", x.Winner, "refused", x.Loser)
			}
		}
	}
	if changed || len(old) != len(o.catalog.Products()) {
		o.log.Info("the catalog changed", "images", len(o.catalog.Products()))
	}
}

// rendered is a document of the whole catalog.
type rendered struct {
	mu       sync.Mutex
	list     *document.List[*catalog.Product]
	catalog  *catalog.Catalog // that the document is of
	document *document.Document
}

func newRendered(l document.Layout[*catalog.Product]) *rendered {
	return &rendered{list: document.NewList(l)}
}

// of gives the document of a catalog.
func (r *rendered) of(c *catalog.Catalog) (*document.Document, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.catalog == c {
		return r.document, nil
	}
	d, err := r.list.Document(c.Products())
	if err == nil {
		r.catalog, r.document = c, d
	}
	return d, err
}

// changedOf lists the products of which these are not the versions in a catalog.
func changedOf(c *catalog.Catalog, versions []image.Version) map[image.Product][]image.Version {
	changed := map[image.Product][]image.Version{}
	for _, v := range versions {
		changed[v.Product()] = append(changed[v.Product()], v)
	}
	if c == nil {
		return changed
	}
	for p, old := range c.All() {
		now, there := changed[p]
		switch {
		case !there:
			changed[p] = nil
		case slices.EqualFunc(old, now, same):
			delete(changed, p)
		}
	}
	return changed
}

// same says whether nothing has happened to a version.
func same(a, b image.Version) bool {
	return a.Serial == b.Serial && a.Fingerprint == b.Fingerprint && a.Retired == b.Retired && a.Pinned == b.Pinned
}
