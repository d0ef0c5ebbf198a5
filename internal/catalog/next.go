package catalog

import (
	"maps"
	"slices"

	"lxdocker/internal/image"
)

// next is a catalog in the making.
type next struct {
	old           *Catalog
	architectures map[string]int
	versions      *edit[image.Product, *versions]
	contests      *edit[contest, []want]
	claims        *edit[string, int]
	fingerprints  *edit[string, []form]

	open    map[contest][]want         // contests in which something is different
	changed map[image.Product]*Product // nil: not offered any more
}

// With makes the next catalog: these products have these versions now, of which
// none means that there is no such product any more, and all others stay as they
// are.
func (c *Catalog) With(changed map[image.Product]image.Packed) *Catalog {
	n := &next{
		old: c, architectures: maps.Clone(c.architectures),
		versions: c.versions.edit(), contests: c.contests.edit(), claims: c.claims.edit(), fingerprints: c.fingerprints.edit(),
		open: map[contest][]want{}, changed: map[image.Product]*Product{},
	}
	if n.architectures == nil {
		n.architectures = map[string]int{}
	}
	for p, packed := range changed {
		n.replace(p, packed)
	}
	n.settle()
	return &Catalog{
		products: n.products(), architectures: n.architectures,
		versions: n.versions.table, contests: n.contests.table, claims: n.claims.table, fingerprints: n.fingerprints.table,
	}
}

// replace gives a product other versions.
func (n *next) replace(p image.Product, packed image.Packed) {
	if before := n.versions.get(p); before != nil {
		n.forget(before)
		n.versions.delete(p)
	}
	all := packed.Versions()
	if len(all) > 0 {
		now := &versions{p, packed}
		n.versions.set(p, now)
		n.note(now, all)
	}
	was, is := n.old.Product(p), offer(p, packed, all)
	n.changed[p] = is
	if was != nil {
		if n.architectures[p.Architecture]--; n.architectures[p.Architecture] == 0 {
			delete(n.architectures, p.Architecture)
		}
	}
	if is != nil {
		n.architectures[p.Architecture]++
	}
	for _, w := range wantsOf(was) {
		k := contest{w.alias, p.Architecture}
		n.open[k] = slices.DeleteFunc(n.reopen(k), func(o want) bool { return o == w })
		n.claim(w, -1)
	}
	for _, w := range wantsOf(is) {
		k := contest{w.alias, p.Architecture}
		n.open[k] = append(n.reopen(k), w)
		n.claim(w, 1)
	}
}

// claim counts a spec that wants an alias, or does not any more. That there is one
// concerns hub images for all architectures.
func (n *next) claim(w want, more int) {
	if w.rank == asReference {
		return
	}
	before := n.claims.get(w.alias)
	if before+more > 0 {
		n.claims.set(w.alias, before+more)
	} else {
		n.claims.delete(w.alias)
	}
	if (before > 0) == (before+more > 0) {
		return
	}
	for _, all := range []map[string]int{n.old.architectures, n.architectures} {
		for arch := range all {
			k := contest{w.alias, arch}
			n.open[k] = n.reopen(k)
		}
	}
}

// reopen gives those who take part in a contest, to be changed.
func (n *next) reopen(k contest) []want {
	if wants, ok := n.open[k]; ok {
		return wants
	}
	return slices.Clone(n.contests.get(k))
}

// settle decides the contests in which something is different, and fills in the
// aliases of all that take part in them.
func (n *next) settle() {
	for k, wants := range n.open {
		slices.SortFunc(wants, want.compare)
		if len(wants) == 0 {
			n.contests.delete(k)
		} else {
			n.contests.set(k, wants)
		}
	}
	for k, wants := range n.open {
		for _, w := range wants {
			p := productOf(w, k.arch)
			if _, ok := n.changed[p]; !ok && n.differs(k, w) {
				again := *n.old.Product(p)
				n.changed[p] = &again
			}
		}
	}
	for _, p := range n.changed {
		if p != nil {
			p.settle(func(w want) string { return n.owner(contest{w.alias, p.Architecture}) })
		}
	}
}

// differs says whether a product that nothing happened to has got or lost an
// alias, or lost it to another.
func (n *next) differs(k contest, w want) bool {
	p := n.old.Product(productOf(w, k.arch))
	owner := n.owner(k)
	if owner == w.product {
		return !slices.Contains(p.Aliases, w.alias)
	}
	return slices.Contains(p.Aliases, w.alias) || w.rank == asAlias && !slices.Contains(p.Refused, Conflict{w.alias, k.arch, owner, w.product})
}

func (n *next) owner(k contest) string {
	return winner(n.contests.get(k), n.claims.get(k.alias) > 0)
}

// products merges what changed into the list of all.
func (n *next) products() []*Product {
	fresh := slices.SortedFunc(maps.Keys(n.changed), image.Product.Compare)
	all, old := make([]*Product, 0, len(n.old.products)+len(fresh)), n.old.products
	for _, p := range fresh {
		i, found := search(old, p)
		all = append(all, old[:i]...)
		if found {
			i++
		}
		if old = old[i:]; n.changed[p] != nil {
			all = append(all, n.changed[p])
		}
	}
	return append(all, old...)
}

func search(products []*Product, p image.Product) (int, bool) {
	return slices.BinarySearchFunc(products, p, func(q *Product, p image.Product) int { return q.Product.Compare(p) })
}
