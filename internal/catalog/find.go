package catalog

import (
	"maps"
	"slices"

	"lxdocker/internal/image"
)

// product is the product that is offered, or nil.
func (c *Catalog) product(p image.Product) *Product {
	if i, ok := search(c.products, p); ok {
		return c.products[i]
	}
	return nil
}

// Find returns the product that has an alias for an architecture, or nil. What
// clients make of it, "alias/architecture", will do.
func (c *Catalog) Find(alias, arch string) *Product {
	name := owner(arch, alias, c.contests.get(contestOf(alias, arch)))
	if name == "" {
		return nil
	}
	return c.product(image.Product{Name: name, Architecture: arch})
}

// Named returns the products that have an alias, at most one for each
// architecture. The names that clients make of it ("alias/architecture") are
// not aliases here.
func (c *Catalog) Named(alias string) (all []*Product) {
	for arch := range maps.Keys(c.architectures) {
		if p := c.Find(alias, arch); p != nil && slices.Contains(p.Aliases, alias) {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b *Product) int { return a.Product.Compare(b.Product) })
	return all
}
