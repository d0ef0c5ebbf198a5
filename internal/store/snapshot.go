package store

import (
	"iter"
	"slices"
	"strings"

	"lxdocker/internal/image"
)

// Snapshot is what a store holds at one moment. It never changes, and whoever
// gets the same one twice knows that nothing has changed: what was made of it is
// still right. It keeps versions packed, and unpacks those that are asked for.
type Snapshot struct {
	products []*product // sorted
	faults   []Fault
}

// product never changes, and stays the same in all snapshots until something happens
// to the product.
type product struct {
	image.Product
	packed image.Packed // never ""
}

// Fault is something that should be a version, and why it is none.
type Fault struct {
	Folder string `json:"folder"` // image.ID.Dir of the version
	Error  string `json:"error"`
}

// NewSnapshot makes the snapshot of versions and faults, in any order.
func NewSnapshot(versions []image.Version, faults []Fault) *Snapshot {
	return (&Snapshot{}).With(image.PackAll(versions), faults)
}

// With makes the next snapshot: these products have these versions now, of which
// none means that there is no such product any more, and all others stay as they
// are. It costs as much as what has changed, and some nanoseconds per product.
func (s *Snapshot) With(changed map[image.Product]image.Packed, faults []Fault) *Snapshot {
	next := &Snapshot{faults: faults, products: make([]*product, 0, len(s.products)+len(changed))}
	fresh := make([]*product, 0, len(changed))
	for p, packed := range changed {
		fresh = append(fresh, &product{p, packed})
	}
	slices.SortFunc(fresh, (*product).compare)
	old := s.products
	for _, p := range fresh {
		i, found := slices.BinarySearchFunc(old, p, (*product).compare)
		next.products = append(next.products, old[:i]...)
		if found {
			i++
		}
		if old = old[i:]; p.packed != "" {
			next.products = append(next.products, p)
		}
	}
	next.products = append(next.products, old...)
	slices.SortFunc(next.faults, func(a, b Fault) int { return strings.Compare(a.Folder, b.Folder) })
	return next
}

func (p *product) compare(q *product) int { return p.Product.Compare(q.Product) }

// Empty says whether there is no version at all.
func (s *Snapshot) Empty() bool { return len(s.products) == 0 }

// List returns all versions, sorted by name, architecture and serial. It unpacks
// everything: Product is for those who are about some.
func (s *Snapshot) List() (all []image.Version) {
	for _, p := range s.products {
		all = append(all, p.packed.Versions()...)
	}
	return all
}

// All goes through the products, sorted by name and architecture, with their versions.
func (s *Snapshot) All() iter.Seq2[image.Product, image.Packed] {
	return func(yield func(image.Product, image.Packed) bool) {
		for _, p := range s.products {
			if !yield(p.Product, p.packed) {
				return
			}
		}
	}
}

// PackedProduct returns the versions of a product, packed: none if there is no such
// product.
func (s *Snapshot) PackedProduct(p image.Product) image.Packed {
	if i, found := slices.BinarySearchFunc(s.products, &product{Product: p}, (*product).compare); found {
		return s.products[i].packed
	}
	return ""
}

// Product returns the versions of a product, the oldest first; none if there is no
// such product.
func (s *Snapshot) Product(p image.Product) []image.Version { return s.PackedProduct(p).Versions() }

// Version returns a version, if the store has it.
func (s *Snapshot) Version(id image.ID) (image.Version, bool) {
	for _, v := range s.Product(id.Product) {
		if v.Serial == id.Serial {
			return v, true
		}
	}
	return image.Version{}, false
}

// Current returns what clients get of a product, if anything.
func (s *Snapshot) Current(p image.Product) (image.Version, bool) {
	v, ok := image.Current(s.Product(p))[p]
	return v, ok
}

// Products lists the products, sorted by name and architecture.
func (s *Snapshot) Products() []image.Product {
	all := make([]image.Product, 0, len(s.products))
	for _, p := range s.products {
		all = append(all, p.Product)
	}
	return all
}

// Changed lists the products that are not the same in both snapshots, sorted: those
// of which a version came, was retired, pinned or removed, and those that came or
// went. Snapshots of one store share what has not changed, so that comparing them
// costs some nanoseconds per product.
func (s *Snapshot) Changed(since *Snapshot) []image.Product {
	var all []image.Product
	a, b := since.products, s.products
	for len(a) > 0 || len(b) > 0 {
		order := 0
		switch {
		case len(b) == 0:
			order = -1
		case len(a) == 0:
			order = 1
		case a[0] != b[0]:
			order = a[0].compare(b[0])
		}
		switch {
		case order < 0:
			all, a = append(all, a[0].Product), a[1:]
		case order > 0:
			all, b = append(all, b[0].Product), b[1:]
		default:
			if a[0] != b[0] {
				all = append(all, b[0].Product)
			}
			a, b = a[1:], b[1:]
		}
	}
	return all
}

// Faults lists what should be a version and is none, sorted by folder.
func (s *Snapshot) Faults() []Fault { return slices.Clone(s.faults) }
