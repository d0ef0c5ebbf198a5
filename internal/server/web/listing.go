package web

import (
	"cmp"
	"html/template"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"lxdocker/internal/catalog"
	"lxdocker/internal/image"
)

// entry is an image with all its architectures, as the list shows it. It never changes, but for
// the row, which is kept as it was shown last.
type entry struct {
	name          string             // of the products
	products      []*catalog.Product // sorted by architecture
	architectures []string
	titles        []string // of the versions that are current, as what is being made is called
	title         string   // what people call it
	description   string
	source        string
	aliases       []string // of a spec, beside the name
	hub, pinned   bool
	size          int64 // of the largest download
	published     time.Time
	text          string // what a search looks at, in lower case
	row           atomic.Pointer[rendered]
}

// rendered is a row, and what it says that changes.
type rendered struct {
	age   string
	fails bool
	html  template.HTML
}

func newEntry(products []*catalog.Product, now time.Time) *entry {
	e := &entry{name: products[0].Name, products: products}
	words := []string{}
	for _, p := range products {
		v := p.Current()
		e.architectures = append(e.architectures, p.Architecture)
		e.titles = append(e.titles, v.Title())
		if e.title == "" {
			e.title, e.description, e.source = titleOf(p, v), v.Description, v.Source
			words = append(words, e.title, v.Description, v.Source)
		}
		for _, a := range p.Aliases {
			if !slices.Contains(words, a) {
				words = append(words, a)
				if !v.Hub {
					e.aliases = append(e.aliases, a)
				}
			}
		}
		e.hub, e.pinned = v.Hub, e.pinned || v.Pinned != nil
		e.size = max(e.size, download(v))
		if at := v.PublishedBy(now); at.After(e.published) {
			e.published = at
		}
	}
	e.text = strings.ToLower(strings.Join(words, "\n"))
	return e
}

// titleOf is the name of a spec, or the alias of an image on demand that people type. Specs
// may have taken all it had.
func titleOf(p *catalog.Product, v *image.Version) string {
	switch {
	case !v.Hub:
		return p.Name
	case len(p.Aliases) == 0:
		return v.Source
	}
	return slices.MinFunc(p.Aliases, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
	})
}

// download is how much a client fetches that has no version before: of LXD's form.
func download(v *image.Version) (n int64) {
	for _, f := range v.Forms()[0].Files {
		n += f.Size
	}
	return n
}

// listing is a catalog as the pages show it. It never changes, but for the orders, which are
// made when somebody asks for them.
type listing struct {
	catalog       *catalog.Catalog
	entries       []*entry // in the order of their names
	architectures []string // of all, sorted
	origins       map[string]int

	mu     sync.Mutex
	sorted map[string][]*entry
}

// next makes the listing of a catalog out of one before: only what has changed costs more than
// a look.
func (l *listing) next(c *catalog.Catalog, now time.Time) *listing {
	fresh := &listing{catalog: c, origins: map[string]int{}, sorted: map[string][]*entry{}}
	archs := map[string]bool{}
	old, all := l.entries, c.Products()
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].Name == all[0].Name {
			n++
		}
		for len(old) > 0 && old[0].name < all[0].Name {
			old = old[1:]
		}
		var e *entry
		if len(old) > 0 && slices.Equal(old[0].products, all[:n]) {
			e = old[0]
		} else {
			e = newEntry(all[:n:n], now)
		}
		fresh.entries, all = append(fresh.entries, e), all[n:]
		for _, a := range e.architectures {
			archs[a] = true
		}
		fresh.origins[e.origin()]++
		if e.pinned {
			fresh.origins[pinned]++
		}
	}
	for a := range archs {
		fresh.architectures = append(fresh.architectures, a)
	}
	slices.Sort(fresh.architectures)
	return fresh
}

// find returns the image of a name, or nil.
func (l *listing) find(name string) *entry {
	i, ok := slices.BinarySearchFunc(l.entries, name, func(e *entry, name string) int { return strings.Compare(e.name, name) })
	if !ok {
		return nil
	}
	return l.entries[i]
}

// example is the title of an image to show commands with.
func (l *listing) example() string {
	for _, e := range l.entries {
		if !e.hub {
			return e.title
		}
	}
	if all := l.in(byName); len(all) > 0 {
		return all[0].title
	}
	return "nginx"
}

func (e *entry) origin() string {
	if e.hub {
		return onDemand
	}
	return fromSpec
}

// in gives all entries in an order.
func (l *listing) in(order string) []*entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sorted[order] == nil {
		all := slices.Clone(l.entries)
		slices.SortFunc(all, func(a, b *entry) int { return cmp.Or(orders[order](a, b), strings.Compare(a.name, b.name)) })
		l.sorted[order] = all
	}
	return l.sorted[order]
}
