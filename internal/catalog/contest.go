package catalog

import (
	"cmp"
	"slices"
	"strings"

	"lxdocker/internal/image"
)

// Clients make a second name of each alias, "alias/architecture" (LXD and Incus:
// shared/simplestreams, getImages), so one product's alias "web/amd64" takes from
// another one's "web" what `hub:web/amd64` means. Such a pair conflicts as well.
//
// So all aliases for an architecture that differ only by how often they end in
// "/architecture" are one contest, and who has which of them depends on no other
// alias. The same alias for two architectures is what clients expect.
type contest struct{ base, arch string }

func contestOf(alias, arch string) contest {
	for {
		shorter, ok := strings.CutSuffix(alias, "/"+arch)
		if !ok || shorter == "" {
			return contest{alias, arch}
		}
		alias = shorter
	}
}

// want is a product that wants an alias.
type want struct {
	rank    rank
	product string
	alias   string
}

// rank orders those who want an alias. When two products of one architecture
// want one, clients would pick one by rules of their own. So only one gets it: the
// one whose name it is, else the first in the alphabet.
//
// Hub images come last, and have nothing but their references for aliases. If a
// spec took one of these, that is what its author wants, and no conflict.
type rank int

const (
	asName rank = iota
	asAlias
	asReference
)

func (w want) compare(o want) int {
	return cmp.Or(cmp.Compare(w.rank, o.rank), strings.Compare(w.product, o.product), strings.Compare(w.alias, o.alias))
}

// wantsOf lists what a product wants: its name and what its version asks for.
func wantsOf(p *Product) (all []want) {
	if p == nil {
		return nil
	}
	others := asReference
	if !p.Hub {
		others = asAlias
		all = append(all, want{asName, p.Name, p.Name})
	}
	aliases := slices.Compact(slices.Sorted(slices.Values(p.wants)))
	for _, alias := range aliases {
		if others == asReference || alias != p.Name {
			all = append(all, want{others, p.Name, alias})
		}
	}
	return all
}

// holder is a product that has a name: an alias, or what clients make of one.
type holder struct{ name, product string }

// hold settles a contest: it gives each alias, in the order of compare, to the
// product that wants it, unless one of the alias's two names is another's by then.
// decided is told who has an alias that somebody wants.
func hold(arch string, wants []want, decided func(w want, owner string)) (all []holder) {
	for _, w := range wants {
		second := w.alias + "/" + arch
		owner := cmp.Or(other(all, w.alias, w.product), other(all, second, w.product))
		if owner == "" {
			owner = w.product
			all = append(all, holder{w.alias, w.product}, holder{second, w.product})
		}
		decided(w, owner)
	}
	return all
}

// other is the product that has a name, if it is not a certain one.
func other(all []holder, name, product string) string {
	i := slices.IndexFunc(all, func(h holder) bool { return h.name == name && h.product != product })
	if i < 0 {
		return ""
	}
	return all[i].product
}

// owner is the product that has a name, or "".
func owner(arch, name string, wants []want) string {
	return other(hold(arch, wants, func(want, string) {}), name, "")
}

// settle fills in the aliases of a product, and those that it does not get.
// ownerOf says who has an alias that the product wants.
func (p *Product) settle(ownerOf func(want) string) {
	p.Aliases, p.Refused = nil, nil
	for _, w := range wantsOf(p) {
		switch owner := ownerOf(w); {
		case owner == p.Name:
			p.Aliases = append(p.Aliases, w.alias)
		case w.rank == asAlias:
			p.Refused = append(p.Refused, Conflict{Alias: w.alias, Architecture: p.Architecture, Winner: owner, Loser: p.Name})
		}
	}
}

func productOf(w want, arch string) image.Product {
	return image.Product{Name: w.product, Architecture: arch}
}
