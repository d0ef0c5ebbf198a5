package catalog

import (
	"maps"
	"slices"

	"lxdocker/internal/image"
)

// Product returns the product if it is offered, or nil.
func (c *Catalog) Product(p image.Product) *Product {
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
	return c.Product(image.Product{Name: name, Architecture: arch})
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
