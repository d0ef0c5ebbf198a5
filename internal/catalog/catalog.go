package catalog

import (
	"lxdocker/internal/image"
)

// Catalog is what a store offers.
type Catalog struct {
	products      []*Product // sorted
	architectures map[string]int
	versions      table[image.Product, *versions] // all, retired ones included
	contests      table[contest, []want]          // sorted
	claims        table[string, int]              // how many products of specs want an alias
	fingerprints  table[string, []form]           // by the first FewestDigits digits
}

// Product is an image for one architecture that is offered. It never changes.
type Product struct {
	image.Product
	Aliases []string   // the name first, then the others, sorted; a hub image has no name that people use
	Refused []Conflict // the aliases that it wants and another product has, sorted

	// Of the version that a client gets:
	Serial      string
	Fingerprint string // of its first form
	LastForm    string // the fingerprint of its last form, which mostly is the first
	Hub         bool   // nobody wrote a spec for the image

	packed image.Packed
	wants  []string // the aliases that the version asks for
}

// versions are those of a product. They never change.
type versions struct {
	image.Product
	image.Packed
}

// Versions gives the versions that are offered, the newest first; there is one at
// least. They are unpacked each time.
func (p *Product) Versions() []*image.Version { return image.Offered(p.packed.Versions()) }

// Current is the version that a client gets. It is unpacked each time.
func (p *Product) Current() *image.Version { return p.Versions()[0] }

// Conflict is an alias that one product has although another wants it, too.
type Conflict struct {
	Alias, Architecture string
	Winner, Loser       string // names of products
}

// New makes the catalog of all products of a store. Retired versions are not offered,
// but found by their fingerprints.
func New(products map[image.Product]image.Packed) *Catalog { return (&Catalog{}).With(products) }

// Products lists what is offered, sorted by name and architecture. The list is
// everybody's, and not to be changed.
func (c *Catalog) Products() []*Product { return c.products }

// offer is what clients get of a product, without the aliases; nil if there is
// nothing.
func offer(p image.Product, packed image.Packed, all []image.Version) *Product {
	offered := image.Offered(all)
	if len(offered) == 0 {
		return nil
	}
	v := offered[0]
	forms := v.Forms()
	return &Product{
		Product: p, Serial: v.Serial, Hub: v.Hub, Fingerprint: forms[0].Fingerprint, LastForm: forms[len(forms)-1].Fingerprint,
		packed: packed, wants: v.Aliases,
	}
}
