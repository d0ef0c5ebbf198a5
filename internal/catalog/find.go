package catalog

import (
	"maps"
	"slices"
	"strings"

	"lxdocker/internal/image"
)

// Product returns the product if it is offered, or nil.
func (c *Catalog) Product(p image.Product) *Product {
	if i, ok := search(c.products, p); ok {
		return c.products[i]
	}
	return nil
}

// Claimed says whether a spec has a name, for whatever architecture: no hub image is
// meant by it.
func (c *Catalog) Claimed(name string) bool { return c.claims.get(name) > 0 }

// Find returns the product that has an alias for an architecture, or nil. It also accepts
// what clients make of an alias: "alias/architecture".
func (c *Catalog) Find(alias, arch string) *Product {
	name := c.owner(contest{alias, arch})
	if base, ok := strings.CutSuffix(alias, "/"+arch); ok && name == "" {
		name = c.owner(contest{base, arch})
	}
	if name == "" {
		return nil
	}
	return c.Product(image.Product{Name: name, Architecture: arch})
}

func (c *Catalog) owner(k contest) string { return winner(c.contests.get(k), c.Claimed(k.alias)) }

// Named returns the products that have an alias, at most one for each
// architecture. The names that clients make of it ("alias/architecture") are
// not aliases here.
func (c *Catalog) Named(alias string) (all []*Product) {
	for arch := range maps.Keys(c.architectures) {
		if name := c.owner(contest{alias, arch}); name != "" {
			all = append(all, c.Product(image.Product{Name: name, Architecture: arch}))
		}
	}
	slices.SortFunc(all, func(a, b *Product) int { return a.Product.Compare(b.Product) })
	return all
}

// Since lists the products that are not the same as in an older catalog, sorted:
// those that came, and those that something happened to.
func (c *Catalog) Since(older *Catalog) (changed []*Product) {
	old := older.products
	for _, p := range c.products {
		for len(old) > 0 && old[0] != p && old[0].Product.Compare(p.Product) < 0 {
			old = old[1:]
		}
		if len(old) == 0 || old[0] != p {
			changed = append(changed, p)
		}
	}
	return changed
}
