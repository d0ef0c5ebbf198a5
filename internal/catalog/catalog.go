package catalog

import (
	"cmp"
	"slices"
	"strings"

	"lxdocker/internal/store"
)

// Catalog is what a store offers.
type Catalog struct {
	Products []Product // sorted by name and architecture
	Clashes  []Clash   // aliases that two products want, sorted
}

// Product is an image for one architecture.
type Product struct {
	Name         string
	Architecture string
	Aliases      []string // the name first, then the others, sorted
	Versions     []store.Version
}

// Current is the version that a client gets.
func (p Product) Current() store.Version { return p.Versions[0] }

// Clash is an alias that one product has although another wants it, too.
type Clash struct {
	Alias, Architecture string
	Winner, Loser       string // names of products
}

// New makes the catalog of the versions of a store.
func New(versions []store.Version) Catalog {
	type id struct{ name, arch string }
	current := map[id]store.Version{}
	for _, v := range versions {
		p := id{v.Name, v.Architecture}
		if v.Retired == nil && v.Serial > current[p].Serial {
			current[p] = v
		}
	}
	var c Catalog
	for p, v := range current {
		c.Products = append(c.Products, Product{Name: p.name, Architecture: p.arch, Versions: []store.Version{v}})
	}
	slices.SortFunc(c.Products, func(a, b Product) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Architecture, b.Architecture))
	})
	c.giveAliases()
	return c
}
