package web

import (
	"bytes"
	"cmp"
	_ "embed"
	"html/template"
	"slices"
	"strings"
	"sync"

	"lxdocker/internal/catalog"
	"lxdocker/internal/document"
)

//go:embed page.html
var pageText string

// Icon is what browsers show beside the title: a box, as an SVG.
const Icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#2f6f9f" d="M8 1 1 4.5v7L8 15l7-3.5v-7z"/>` +
	`<path fill="#7fb3d8" d="M8 1 1 4.5 8 8l7-3.5z"/><path fill="#4a8fc2" d="M1 4.5 8 8v7l-7-3.5z"/></svg>
`

// Page tells people what a server has.
type Page struct {
	onDemand bool
	patterns []string
	template *template.Template

	mu          sync.Mutex
	catalog     *catalog.Catalog // that what follows is of
	specs, hubs *document.List[*catalog.Product]
	tables      *document.Document
	example     string
}

// New returns the page of a server that converts images on demand, or not, which
// the patterns say.
func New(onDemand bool, patterns []string) *Page {
	p := &Page{onDemand: onDemand, patterns: patterns, catalog: catalog.New(nil)}
	p.template = template.Must(template.New("page").Funcs(template.FuncMap{"shortest": shortest}).Parse(pageText))
	p.specs, p.hubs = p.table("specs", "spec"), p.table("hubs", "hub")
	return p
}

// table makes a table with a row for each product.
func (p *Page) table(head, row string) *document.List[*catalog.Product] {
	return document.NewList(document.Layout[*catalog.Product]{
		Head: string(p.must(head)), Tail: string(p.must("end of table")),
		Key:  func(q *catalog.Product) string { return q.String() },
		Item: func(q *catalog.Product) ([]byte, error) { return p.execute(row, q) },
	})
}

// Document gives the page of a catalog, for those who asked for a host.
func (p *Page) Document(c *catalog.Catalog, host string) (*document.Document, error) {
	tables, example, err := p.of(c)
	if err != nil {
		return nil, err
	}
	host = plainHost(host)
	// The data of the templates.
	data := struct {
		Host     string // as the request said it
		Native   string // the same with a port
		Example  string
		OnDemand bool
		Patterns []string
	}{host, withPort(host), example, p.onDemand, p.patterns}
	top, err := p.execute("top", data)
	if err != nil {
		return nil, err
	}
	bottom, err := p.execute("bottom", data)
	return document.Join(document.New(top), tables, document.New(bottom)), err
}

// of gives the tables of a catalog, and the name of an image.
func (p *Page) of(c *catalog.Catalog) (*document.Document, string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.catalog == c && p.tables != nil {
		return p.tables, p.example, nil
	}
	var specs, hubs []*catalog.Product
	for _, q := range c.Products() {
		if q.Hub {
			hubs = append(hubs, q)
		} else {
			specs = append(specs, q)
		}
	}
	slices.SortStableFunc(hubs, func(a, b *catalog.Product) int { return strings.Compare(shortest(a), shortest(b)) })
	p.example = "nginx"
	if len(specs) > 0 {
		p.example = specs[0].Name
	} else if len(hubs) > 0 {
		p.example = shortest(hubs[0])
	}
	first, err := p.specs.Document(specs)
	if err != nil {
		return nil, "", err
	}
	second, err := p.hubs.Document(hubs)
	if err != nil {
		return nil, "", err
	}
	p.catalog, p.tables = c, document.Join(first, second)
	if len(specs)+len(hubs) == 0 {
		p.tables = document.New(p.must("nothing"))
	}
	return p.tables, p.example, nil
}

func (p *Page) execute(name string, data any) ([]byte, error) {
	var b bytes.Buffer
	err := p.template.ExecuteTemplate(&b, name, data)
	return b.Bytes(), err
}

// must executes a template that nothing can go wrong in.
func (p *Page) must(name string) []byte {
	text, err := p.execute(name, nil)
	if err != nil {
		panic("web: " + err.Error())
	}
	return text
}

// shortest is the alias of an image of the hub that people type. Specs may have
// taken all it had.
func shortest(p *catalog.Product) string {
	if len(p.Aliases) == 0 {
		return p.Current().Source
	}
	return slices.MinFunc(p.Aliases, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
	})
}

// withPort names the port: clients of their own protocol take 8443 if there is
// none, whatever the scheme says (LXD and Incus, remote.go).
func withPort(host string) string {
	if strings.LastIndexByte(host, ':') > strings.LastIndexByte(host, ']') {
		return host
	}
	return host + ":443"
}

// plainHost keeps anything out of the commands that a shell would understand:
// the host is what the request said.
func plainHost(host string) string {
	odd := func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]", r)
	}
	if host == "" || strings.IndexFunc(host, odd) >= 0 {
		return "HOST:PORT"
	}
	return host
}
