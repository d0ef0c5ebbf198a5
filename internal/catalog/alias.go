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
//
// Hub images come last, and have nothing but their references for aliases. If a
// spec took one of these, that is what its author wants, and no clash.
func (c *Catalog) giveAliases() {
	for i := range c.Products {
		if p := &c.Products[i]; !p.Hub() {
			p.Aliases = []string{p.Name}
			c.claims.take(p.Name, p.Architecture, p.Name)
		}
	}
	for i := range c.Products {
		if p := &c.Products[i]; !p.Hub() {
			c.Clashes = append(c.Clashes, c.giveOthers(p)...)
		}
	}
	for i := range c.Products {
		if p := &c.Products[i]; p.Hub() {
			c.giveOthers(p)
		}
	}
	slices.SortFunc(c.Clashes, func(a, b Clash) int {
		return cmp.Or(strings.Compare(a.Alias, b.Alias), strings.Compare(a.Architecture, b.Architecture), strings.Compare(a.Loser, b.Loser))
	})
}

// giveOthers gives a product the aliases of its version that are still free,
// and says which are not.
func (c *Catalog) giveOthers(p *Product) (clashes []Clash) {
	wanted := slices.Sorted(slices.Values(p.Current().Aliases))
	for _, alias := range slices.Compact(wanted) {
		if slices.Contains(p.Aliases, alias) {
			continue
		}
		if owner := c.claims.take(alias, p.Architecture, p.Name); owner != p.Name {
			clashes = append(clashes, Clash{Alias: alias, Architecture: p.Architecture, Winner: owner, Loser: p.Name})
			continue
		}
		p.Aliases = append(p.Aliases, alias)
	}
	return clashes
}
