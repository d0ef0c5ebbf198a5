package server

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"lxdocker/internal/catalog"
	"lxdocker/internal/document"
	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// offer keeps the catalog of a store. Each request checks the store, which costs next to
// nothing if nothing has changed; otherwise the catalog is updated for the products that
// have changed.
type offer struct {
	store  Store
	offers func(image.Version) bool // nil: all
	log    *slog.Logger

	mu       sync.Mutex // held while the store is asked: nobody gets what was there before it asked
	snapshot *store.Snapshot
	catalog  *catalog.Catalog // of the snapshot
}

func newOffer(s Store, offers func(image.Version) bool, log *slog.Logger) *offer {
	return &offer{store: s, offers: offers, log: log, snapshot: store.NewSnapshot(nil, nil), catalog: catalog.New(nil)}
}

// now is what the store offers.
func (o *offer) now(ctx context.Context) (*catalog.Catalog, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	s, err := o.store.Versions(ctx)
	if err != nil {
		return nil, err
	}
	changed := map[image.Product]image.Packed{}
	for _, p := range s.Changed(o.snapshot) {
		changed[p] = o.only(s.PackedProduct(p))
	}
	o.snapshot = s
	if len(changed) > 0 {
		before := o.catalog
		o.catalog = before.With(changed)
		o.report(before)
	}
	return o.catalog, nil
}

// only leaves out what clients may not have.
func (o *offer) only(packed image.Packed) image.Packed {
	if o.offers == nil {
		return packed
	}
	all := packed.Versions()
	some := slices.DeleteFunc(slices.Clone(all), func(v image.Version) bool { return !o.offers(v) })
	if len(some) == len(all) {
		return packed
	}
	return image.Pack(some)
}

// report logs what is new.
func (o *offer) report(before *catalog.Catalog) {
	changed := o.catalog.Since(before)
	for _, p := range changed {
		old := before.Product(p.Product)
		for _, x := range p.Refused {
			if old == nil || !slices.Contains(old.Refused, x) {
				o.log.Warn("two images want one alias", "alias", x.Alias, "architecture", x.Architecture, "given", x.Winner, "refused", x.Loser)
			}
		}
	}
	if n := len(o.catalog.Products()); len(changed) > 0 || n != len(before.Products()) {
		o.log.Info("the catalog changed", "images", n)
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
