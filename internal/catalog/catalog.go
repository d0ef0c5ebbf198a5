package catalog

import (
	"lxdocker/internal/image"
)

// Catalog is what a store offers.
type Catalog struct {
	products      []*Product // sorted
	architectures map[string]int
	versions      table[image.Product, []image.Version] // all, retired ones included
	contests      table[contest, []want]
	fingerprints  table[string, []form] // by the first FewestDigits digits
}

// Product is an image for one architecture that is offered. It never changes.
type Product struct {
	image.Product
	Aliases  []string         // the name first, then the others, sorted; a hub image has no name that people use
	Refused  []Conflict       // the aliases that it wants and another product has, sorted
	Versions []*image.Version // the newest first; never none
}

// Current is the version that a client gets.
func (p *Product) Current() *image.Version { return p.Versions[0] }

// Hub says whether nobody wrote a spec for the image.
func (p *Product) Hub() bool { return p.Current().Hub }

// Conflict is an alias that one product has although another wants it, too.
type Conflict struct {
	Alias, Architecture string
	Winner, Loser       string // names of products
}

// New makes the catalog of the versions of a store. Retired ones are not offered,
// but found by their fingerprints.
func New(versions []image.Version) *Catalog {
	products := map[image.Product][]image.Version{}
	for _, v := range versions {
		products[v.Product()] = append(products[v.Product()], v)
	}
	return (&Catalog{}).With(products)
}

// Products lists what is offered, sorted by name and architecture. The list is
// everybody's, and not to be changed.
func (c *Catalog) Products() []*Product { return c.products }

// Conflicts lists all aliases that two products want.
func (c *Catalog) Conflicts() (all []Conflict) {
	for _, p := range c.products {
		all = append(all, p.Refused...)
	}
	return all
}

// offer is what clients get of a product, without the aliases; nil if there is
// nothing. The pointers are into versions.
func offer(p image.Product, versions []image.Version) *Product {
	offered := image.Offered(versions)
	if len(offered) == 0 {
		return nil
	}
	return &Product{Product: p, Versions: offered}
}
