package catalog

import (
	"cmp"
	"slices"
	"strings"
)

// claims says which product has an alias, per architecture: the same alias for
// two architectures is what clients expect.
type claims map[claim]string

type claim struct{ alias, arch string }

// take claims an alias for a product and returns who has it.
//
// Clients make a second name of each alias, "alias/architecture" (LXD and
// Incus: shared/simplestreams, getImages), so one product's alias "web/amd64"
// takes from another one's "web" what `hub:web/amd64` means. Such a pair
// clashes as well.
func (c claims) take(alias, arch, product string) string {
	names := []string{alias, alias + "/" + arch}
	for _, n := range names {
		if owner, taken := c[claim{n, arch}]; taken && owner != product {
			return owner
		}
	}
	for _, n := range names {
		c[claim{n, arch}] = product
	}
	return product
}

// giveAliases gives each product its name and then what its version asks for.
// When two products of one architecture want an alias, clients would pick one
// by rules of their own. So only one gets it: the one whose name it is, else
// the first in the alphabet.
func (c *Catalog) giveAliases() {
	claims := claims{}
	for i := range c.Products {
		p := &c.Products[i]
		p.Aliases = []string{p.Name}
		claims.take(p.Name, p.Architecture, p.Name)
	}
	for i := range c.Products {
		p := &c.Products[i]
		wanted := slices.Sorted(slices.Values(p.Current().Aliases))
		for _, alias := range slices.Compact(wanted) {
			if alias == p.Name {
				continue
			}
			if owner := claims.take(alias, p.Architecture, p.Name); owner != p.Name {
				c.Clashes = append(c.Clashes, Clash{Alias: alias, Architecture: p.Architecture, Winner: owner, Loser: p.Name})
				continue
			}
			p.Aliases = append(p.Aliases, alias)
		}
	}
	slices.SortFunc(c.Clashes, func(a, b Clash) int {
		return cmp.Or(strings.Compare(a.Alias, b.Alias), strings.Compare(a.Architecture, b.Architecture), strings.Compare(a.Loser, b.Loser))
	})
}
