package catalog

import (
	"cmp"
	"slices"
	"strings"

	"lxdocker/internal/image"
)

// Find returns the product that has an alias for an architecture.
func (c Catalog) Find(alias, arch string) (Product, bool) {
	name, ok := c.claims[claim{alias, arch}]
	if !ok {
		return Product{}, false
	}
	i, ok := slices.BinarySearchFunc(c.Products, Product{Name: name, Architecture: arch}, Product.compare)
	if !ok {
		return Product{}, false
	}
	return c.Products[i], true
}

// Named returns the products that have an alias, at most one for each
// architecture. The names that clients make of it ("alias/architecture") are
// not aliases here.
func (c Catalog) Named(alias string) []Product {
	var all []Product
	for _, p := range c.Products {
		if slices.Contains(p.Aliases, alias) {
			all = append(all, p)
		}
	}
	return all
}

// Fingerprinted returns the image whose fingerprint begins with digits, and its
// version, which may be one that is not offered any more: somebody may have
// been told of it a moment ago. There is none if two different images begin
// like that. Of versions that are the same image, it is the one that is
// offered, then the newest.
func (c Catalog) Fingerprinted(digits string) (v image.Version, form image.Form, ok bool) {
	for _, candidate := range c.all {
		for _, i := range candidate.Forms() {
			switch {
			case !strings.HasPrefix(i.Fingerprint, digits):
			case ok && i.Fingerprint != form.Fingerprint:
				return image.Version{}, image.Form{}, false
			case !ok || prefer(candidate, v):
				v, form, ok = candidate, i, true
			}
		}
	}
	return v, form, ok
}

// prefer says whether a rather than b is to be shown of two that are the same
// image.
func prefer(a, b image.Version) bool {
	if (a.Retired == nil) != (b.Retired == nil) {
		return a.Retired == nil
	}
	return cmp.Or(strings.Compare(b.Serial, a.Serial), strings.Compare(a.Name, b.Name), strings.Compare(a.Architecture, b.Architecture)) < 0
}
