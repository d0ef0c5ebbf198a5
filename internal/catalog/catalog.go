package catalog

import (
	"cmp"
	"slices"
	"strings"

	"lxdocker/internal/image"
)

// Catalog is what a store offers.
type Catalog struct {
	Products []Product // sorted by name and architecture
	Clashes  []Clash   // aliases that two products want, sorted

	claims claims
	all    []image.Version // retired ones included
}

// Product is an image for one architecture.
type Product struct {
	Name         string
	Architecture string
	Aliases      []string        // the name first, then the others, sorted; a hub image has no name that people use
	Versions     []image.Version // the newest first; never none
}

// Current is the version that a client gets.
func (p Product) Current() image.Version { return p.Versions[0] }

// Hub says whether nobody wrote a spec for the image.
func (p Product) Hub() bool { return p.Current().Hub }

func (p Product) compare(q Product) int {
	return cmp.Or(strings.Compare(p.Name, q.Name), strings.Compare(p.Architecture, q.Architecture))
}

// Clash is an alias that one product has although another wants it, too.
type Clash struct {
	Alias, Architecture string
	Winner, Loser       string // names of products
}

// New makes the catalog of the versions of a store. Retired ones are not offered,
// but found by their fingerprints.
func New(versions []image.Version) Catalog {
	products := map[image.Product]*Product{}
	for _, v := range versions {
		if v.Retired != nil {
			continue
		}
		p, ok := products[v.Product()]
		if !ok {
			p = &Product{Name: v.Name, Architecture: v.Architecture}
			products[v.Product()] = p
		}
		p.Versions = append(p.Versions, v)
	}
	c := Catalog{claims: claims{}, all: slices.Clone(versions)}
	for _, p := range products {
		slices.SortFunc(p.Versions, func(a, b image.Version) int { return strings.Compare(b.Serial, a.Serial) })
		p.Versions = withoutTwins(p.Versions)
		c.Products = append(c.Products, *p)
	}
	slices.SortFunc(c.Products, Product.compare)
	c.giveAliases()
	return c
}

// withoutTwins drops versions with the same image as a newer one, of which
// clients would find two. There are some when a tag goes back to what it was,
// until retention has taken the older ones away.
func withoutTwins(newestFirst []image.Version) (all []image.Version) {
	for _, v := range newestFirst {
		if !slices.ContainsFunc(all, v.SameImage) {
			all = append(all, v)
		}
	}
	return all
}
