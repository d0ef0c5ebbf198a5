package imageapi

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"lxdocker/internal/catalog"
	"lxdocker/internal/document"
	"lxdocker/internal/negotiate"
)

// list answers with all images or all aliases. Filters are not known, nor said to
// be.
func (a *api) list(w http.ResponseWriter, r *http.Request, c *catalog.Catalog, aliases bool) {
	d, err := a.lists.get(c, viewOf(r, aliases, a.architecture))
	if err != nil {
		a.answer(w, r, nil, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store") // it depends on who asks, and when
	negotiate.Serve(w, r, d, false)
}

// view is what a list depends on, beside the catalog.
type view struct {
	aliases bool // or images
	full    bool // or URLs
	client  client
}

// viewOf leaves out of the client what makes no difference.
func viewOf(r *http.Request, aliases bool, own string) view {
	asks, v := clientOf(r.UserAgent()), view{aliases: aliases, full: recursive(r)}
	switch {
	case aliases && !v.full:
		return v
	case aliases:
		v.client.arch = asks.archOr(own)
	case v.full && asks.applications():
		v.client = firstWithApplications
		return v
	}
	if asks.family == incus {
		v.client.family = incus
	}
	return v
}

// recursive says whether a list is wanted in full: by any number but 0, as there
// are no more than two ways to show these.
func recursive(r *http.Request) bool {
	s := r.URL.Query().Get("recursion")
	return s != "" && s[0] >= '1' && s[0] <= '9'
}

// mostLists is how many lists are kept: one of ten thousand images takes some
// megabytes.
const mostLists = 6

// lists keeps the lists that were asked for lately.
type lists struct {
	mu   sync.Mutex
	kept []*list // that asked for last is the last one
}

// list is one list, for clients that see it alike.
type list struct {
	view     view
	mu       sync.Mutex
	catalog  *catalog.Catalog // that the document is of
	document *document.Document
	images   *document.List[listedImage]
	aliases  *document.List[listedAlias]
}

// get gives the list of a catalog, as somebody sees it.
func (l *lists) get(c *catalog.Catalog, v view) (*document.Document, error) {
	one := l.find(v)
	one.mu.Lock()
	defer one.mu.Unlock()
	if one.catalog == c {
		return one.document, nil
	}
	var err error
	if v.aliases {
		one.document, err = one.aliases.Document(aliasesIn(c, v))
	} else {
		one.document, err = one.images.Document(imagesIn(c, v))
	}
	if one.catalog = c; err != nil {
		one.catalog = nil
	}
	return one.document, err
}

func (l *lists) find(v view) *list {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.kept, func(o *list) bool { return o.view == v })
	var one *list
	if i >= 0 {
		one = l.kept[i]
		l.kept = slices.Delete(l.kept, i, i+1)
	} else {
		one = &list{view: v, images: document.NewList(v.imageLayout()), aliases: document.NewList(v.aliasLayout())}
		l.kept = slices.Delete(l.kept, 0, max(0, len(l.kept)-mostLists+1))
	}
	l.kept = append(l.kept, one)
	return one
}

// listedImage is an image in a list.
type listedImage struct {
	product *catalog.Product // the first that offers it
	aliases string           // of all others, too, with lines between
}

// imagesIn lists the images of all products, for all architectures, in the form for the
// client. An image that two products offer is listed once.
func imagesIn(c *catalog.Catalog, v view) (all []listedImage) {
	seen := make(map[string]bool, len(c.Products()))
	for _, p := range c.Products() {
		fingerprint := p.Fingerprint
		if v.client.lastForm() {
			fingerprint = p.LastForm
		}
		if seen[fingerprint] {
			continue
		}
		seen[fingerprint] = true
		one := listedImage{product: p}
		if aliases := c.AliasesOf(fingerprint); len(aliases) > len(p.Aliases) {
			one.aliases = strings.Join(aliases, "\n")
		}
		all = append(all, one)
	}
	return all
}

func (v view) imageLayout() document.Layout[listedImage] {
	return listLayout(func(i listedImage) string { return i.product.String() }, func(i listedImage) any {
		current := i.product.Current()
		form := formFor(current, v.client)
		if !v.full {
			return "/1.0/images/" + form.Fingerprint
		}
		aliases := i.product.Aliases
		if i.aliases != "" {
			aliases = strings.Split(i.aliases, "\n")
		}
		return describe(current, form, v.client, aliases)
	})
}

// listedAlias is an alias in a list.
type listedAlias struct {
	name    string
	product *catalog.Product
}

// aliasesIn lists each alias once. Of several architectures it is the client's,
// else one that such machines run, else the first.
func aliasesIn(c *catalog.Catalog, v view) (all []listedAlias) {
	first := make(map[string]*catalog.Product, 2*len(c.Products()))
	for _, p := range c.Products() {
		for _, alias := range p.Aliases {
			if first[alias] == nil {
				first[alias] = p
			}
		}
	}
	for _, alias := range slices.Sorted(maps.Keys(first)) {
		s := search{catalog: c, name: alias, arch: v.client.arch}
		p := s.product()
		if p == nil {
			p = first[alias]
		}
		all = append(all, listedAlias{alias, p})
	}
	return all
}

func (v view) aliasLayout() document.Layout[listedAlias] {
	return listLayout(func(a listedAlias) string { return a.name }, func(a listedAlias) any {
		if !v.full {
			return "/1.0/images/aliases/" + url.PathEscape(a.name)
		}
		return entryOf(a.name, a.product.Current(), v.client)
	})
}

// listLayout is an answer whose metadata is a list.
func listLayout[T comparable](key func(T) string, item func(T) any) document.Layout[T] {
	empty := string(encode(success([]string{})))
	head, tail, _ := strings.Cut(empty, "[]")
	return document.Layout[T]{
		Head: head + "[", Separator: ",", Tail: "]" + tail, Empty: empty, Key: key,
		Item: func(i T) ([]byte, error) {
			text := encode(item(i))
			return text[:len(text)-1], nil // without the line's end
		},
	}
}
