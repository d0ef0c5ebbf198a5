package dir

import (
	"lxdocker/internal/image"
)

// difference says what has to be applied to the state so that it has of a product
// what was seen.
func (s *state) difference(p image.Product, seen record) (r record) {
	there, known := map[image.ID]bool{}, map[image.ID]image.Version{}
	for _, v := range s.snapshot.Product(p) {
		v.Pinned = nil
		known[v.ID()] = v
	}
	for _, v := range seen.Put {
		id := v.ID()
		there[id] = true
		if old, ok := known[id]; !ok || !same(old, v) {
			r.Put = append(r.Put, v)
		}
	}
	for _, f := range seen.Faults {
		there[f.ID] = true
		if s.faults[f.ID] != f.Error {
			r.Faults = append(r.Faults, f)
		}
	}
	for id := range known {
		if !there[id] {
			r.Gone = append(r.Gone, id)
		}
	}
	for id := range s.faults {
		if id.Product == p && !there[id] {
			r.Gone = append(r.Gone, id)
		}
	}
	at, pinnedNow := s.pins[p]
	switch {
	case len(seen.Pins) == 0 && pinnedNow:
		r.Pins = []pinned{{Product: p}}
	case len(seen.Pins) > 0 && (!pinnedNow || !at.Equal(*seen.Pins[0].At)):
		r.Pins = seen.Pins
	}
	return r
}

// differenceToAll is difference for what was seen of all products.
func (s *state) differenceToAll(seen []record) (all record) {
	there := map[image.Product]bool{}
	for _, r := range seen {
		if p, ok := r.product(); ok {
			there[p] = true
			all.add(s.difference(p, r))
		}
	}
	gone := map[image.Product]bool{}
	for _, p := range s.snapshot.Products() {
		gone[p] = !there[p]
	}
	for id := range s.faults {
		gone[id.Product] = !there[id.Product]
	}
	for p, is := range gone {
		if is {
			all.add(s.difference(p, record{}))
		}
	}
	return all
}

// product is what a record of a look is about. That of an empty folder is about
// nothing.
func (r *record) product() (image.Product, bool) {
	switch {
	case len(r.Put) > 0:
		return r.Put[0].Product(), true
	case len(r.Faults) > 0:
		return r.Faults[0].Product, true
	}
	return image.Product{}, false
}

// add adds what another record says.
func (r *record) add(o record) {
	r.Put, r.Gone, r.Faults, r.Pins = append(r.Put, o.Put...), append(r.Gone, o.Gone...), append(r.Faults, o.Faults...), append(r.Pins, o.Pins...)
}

// unsaved is what the state has and the ledger lacks: products to be looked at, and
// versions that were known and are no more.
type unsaved struct {
	products map[image.Product]bool
	gone     map[image.ID]bool
}

func (u *unsaved) empty() bool { return len(u.products) == 0 }

func (u *unsaved) add(r record) {
	if u.products == nil {
		*u = unsaved{map[image.Product]bool{}, map[image.ID]bool{}}
	}
	for _, p := range r.products() {
		u.products[p] = true
	}
	for _, id := range r.Gone {
		u.gone[id] = true
	}
	for dir := range r.Retired {
		if id, ok := image.ParseDir(dir); ok {
			u.products[id.Product] = true
		}
	}
}

// products lists the products that a record says something about.
func (r *record) products() (all []image.Product) {
	known := map[image.Product]bool{}
	add := func(p image.Product) {
		if !known[p] {
			known[p] = true
			all = append(all, p)
		}
	}
	for _, v := range r.Put {
		add(v.Product())
	}
	for _, id := range r.Gone {
		add(id.Product)
	}
	for _, f := range r.Faults {
		add(f.Product)
	}
	for _, p := range r.Pins {
		add(p.Product)
	}
	return all
}
