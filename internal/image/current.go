package image

import (
	"slices"
	"strings"
)

// This file decides which version clients get; everything else asks it. Clients of
// simplestreams choose the greatest serial themselves, whatever a server says.

// Offered gives what clients are offered of one product, the newest first: what is
// not retired, and each image once. Of versions with the same image, which there are
// when a tag goes back to what it was, it is the newest: clients that find two refuse
// both. The pointers are into versions.
func Offered(versions []Version) (all []*Version) {
	for i := range versions {
		if versions[i].Retired == nil {
			all = append(all, &versions[i])
		}
	}
	slices.SortFunc(all, func(a, b *Version) int { return strings.Compare(b.Serial, a.Serial) })
	once := all[:0]
	for _, v := range all {
		if !slices.ContainsFunc(once, func(o *Version) bool { return o.SameImage(*v) }) {
			once = append(once, v)
		}
	}
	return once
}

// Current gives what clients get of each product, if they do not ask for a certain
// version: the first of what is Offered. A product without one is not in the map.
func Current(versions []Version) map[Product]Version {
	products := map[Product][]Version{}
	for _, v := range versions {
		if v.Retired == nil {
			products[v.Product()] = append(products[v.Product()], v)
		}
	}
	all := make(map[Product]Version, len(products))
	for p, versions := range products {
		all[p] = *Offered(versions)[0]
	}
	return all
}
