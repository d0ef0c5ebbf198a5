package catalog

import (
	"cmp"
	"slices"
	"strings"

	"lxdocker/internal/arch"
	"lxdocker/internal/image"
)

// contest is about one alias for one architecture: clients would pick one of two
// products that have it by rules of their own. The same alias for two architectures is
// what they expect.
type contest struct{ alias, arch string }

// canBeHad says whether an alias can be offered. Clients make a second name of each,
// "alias/architecture" (LXD and Incus: shared/simplestreams, getImages), and the API
// of images understands that, too. So no alias ends in an architecture itself: Docker
// Hub's repository julia/arm64 would be what they mean by julia for arm64. Nor does
// the reference of a hub image look like the beginning of a fingerprint.
func canBeHad(alias string, hub bool) bool {
	if i := strings.LastIndexByte(alias, '/'); i >= 0 {
		if _, ok := arch.ByClientName(alias[i+1:]); ok {
			return false
		}
	}
	return !hub || !IsFingerprint(alias)
}

// want is a product that wants an alias.
type want struct {
	rank    rank
	product string
	alias   string
}

// rank orders those who want an alias. Of two products of specs the one gets it whose
// name it is, else the first in the alphabet.
//
// Hub images have nothing but their references for aliases, and get none that a spec
// wants, for whatever architecture: what a name means depends on the specs, not on what
// else somebody has asked for. That is what the author of a spec wants, and no conflict.
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
		if canBeHad(alias, p.Hub) && (p.Hub || alias != p.Name) {
			all = append(all, want{others, p.Name, alias})
		}
	}
	return all
}

// winner is the product that gets an alias for an architecture, "" if none does.
// claimed says whether a spec wants the alias for any architecture.
func winner(wants []want, claimed bool) string {
	if len(wants) == 0 || wants[0].rank == asReference && claimed {
		return ""
	}
	return wants[0].product
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

func productOf(w want, architecture string) image.Product {
	return image.Product{Name: w.product, Architecture: architecture}
}
