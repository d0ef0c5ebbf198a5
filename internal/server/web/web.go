package web

import (
	"bytes"
	"context"
	"html/template"
	"net/url"
	"strings"
	"sync"
	"time"

	"lxdocker/internal/catalog"
	"lxdocker/internal/contents"
	"lxdocker/internal/document"
	"lxdocker/internal/humanize"
	"lxdocker/internal/image"
)

// Options are what the pages tell beside the catalog.
type Options struct {
	OnDemand    bool          // other images are converted when they are asked for
	Patterns    []string      // which
	Prefix      string        // of all paths, like /SECRET
	Logins      bool          // who asks has to log in
	Fingerprint func() string // of the server's certificate, as clients show it; nil: nobody knows
	Now         func() time.Time

	// Describe returns a version with what it runs; nil: nobody knows.
	Describe func(context.Context, image.ID) (image.Version, error)

	// Compare says in what two versions differ. It is fs.ErrNotExist if nobody noted what is in
	// one of them, and ErrBusy if whoever asks has to wait. nil: nobody knows.
	Compare func(ctx context.Context, from, to image.Version) (contents.Changes, error)

	// Activity is what the server converts, as a client may know it; nil: it never does. Try says which reference a name
	// means that is none of the catalog's, or why it cannot be had; nil: none can. Told is what
	// strangers may know of an error of Try.
	Activity func(client string) Activity
	Try      func(name string) (reference string, err error)
	Told     func(error) string
}

// Pages are the pages of a server.
type Pages struct {
	Options
	assets    assets
	templates *template.Template

	mu      sync.Mutex
	listing *listing
}

// New returns the pages of a server.
func New(o Options) *Pages {
	if o.Now == nil {
		o.Now = time.Now
	}
	p := &Pages{Options: o, assets: newAssets(), listing: &listing{}}
	p.templates = template.Must(template.New("").Funcs(template.FuncMap{
		"asset":  func(name string) string { return p.Prefix + "/" + p.assets.paths[name] },
		"root":   func() string { return p.Prefix },
		"fields": strings.Fields, "parts": parts, "code": code, "command": command, "count": count, "bytes": humanize.Bytes, "clean": clean, "link": link, "address": address, "labelled": labelled, "differs": differs,
		"names": func(title string, n contents.Names) named { return named{title, n} },
		"pick":  func(key, label, serial string, all []choice) picked { return picked{key, label, serial, all} },
		"word":  func(s string) string { return shellWord(clean(s)) },
		"age":   func(at time.Time) string { return age(at, p.Now()) },
	}).ParseFS(files, "templates/*.html"))
	return p
}

// Asset returns the file that is served under a path, without its first slash.
func (p *Pages) Asset(path string) (Asset, bool) {
	a, ok := p.assets.files[path]
	return a, ok
}

// Icon is what browsers show beside the title, and ask for by a path of their own.
func (p *Pages) Icon() Asset { return p.assets.files[p.assets.paths["icon.svg"]] }

// of gives the listing of a catalog.
func (p *Pages) of(c *catalog.Catalog) *listing {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listing.catalog != c {
		p.listing = p.listing.next(c, p.Now())
	}
	return p.listing
}

// head is what all pages begin with.
type head struct {
	Title    string
	Remote   string // how clients add this server, after the name that they give it
	Streams  string // its address for simplestreams
	OnDemand bool
	Converts bool // there is a page of what goes on
}

func (p *Pages) head(title, host string) head {
	host, _ = plainHost(host)
	streams := "https://" + host + p.Prefix
	if p.Logins {
		streams = "https://USER:PASSWORD@" + host + p.Prefix
	}
	remote := "https://" + withPort(host) + " --public"
	if p.Prefix != "" || p.Logins { // LXD's own protocol carries neither
		remote = streams + " --protocol simplestreams"
	}
	return head{title, remote, streams, p.OnDemand, p.Activity != nil}
}

func (p *Pages) execute(name string, data any) (*document.Document, error) {
	var b bytes.Buffer
	if err := p.templates.ExecuteTemplate(&b, name, data); err != nil {
		return nil, err
	}
	return document.New(b.Bytes()), nil
}

// row is an image in the list.
type row struct {
	Name, Title, Description, Source string
	Aliases, Architectures           []string
	OnDemand, Pinned, Failing        bool
	Size                             int64
	Published                        time.Time
	Age                              string
}

// fewAliases is how many a row shows: a spec may have any number.
const fewAliases = 4

// step is a link to a page of the list.
type step struct {
	Page    int // 0: some are left out here
	URL     string
	Current bool
}

// list is the data of the template.
type list struct {
	head
	Patterns      []string
	Fingerprint   string
	Example       string
	Query         query
	Architectures []string
	Origins       map[string]int
	Failing       int // images that could not be updated lately
	Images        int // in the catalog
	Found         int // of them
	Pages         int
	Rows          []template.HTML
	Steps         []step
	Before, After string // addresses; "": there is none
}

// List gives the list of a catalog for those who asked for a host, or the part of it that the
// query of the request wants. client is who looks.
func (p *Pages) List(c *catalog.Catalog, host, client string, form url.Values) (*document.Document, error) {
	l, q, failed := p.of(c), readQuery(form), p.failing(client)
	found := q.choose(l, failed)
	pages := max(1, (len(found)+perPage-1)/perPage)
	q.Page = min(q.Page, pages)
	d := list{
		head: p.head("Images for LXD and Incus", host), Patterns: p.Patterns, Example: l.example(), Query: q,
		Architectures: l.architectures, Origins: l.origins, Failing: l.failures(failed), Images: len(l.entries), Found: len(found), Pages: pages,
	}
	if p.Fingerprint != nil {
		d.Fingerprint = p.Fingerprint()
	}
	for _, e := range found[(q.Page-1)*perPage : min(q.Page*perPage, len(found))] {
		html, err := p.row(e, e.fails(failed))
		if err != nil {
			return nil, err
		}
		d.Rows = append(d.Rows, html)
	}
	if pages > 1 {
		d.Steps = steps(p.Prefix, q, pages)
	}
	if q.Page > 1 {
		d.Before = q.URL(p.Prefix, q.Page-1)
	}
	if q.Page < pages {
		d.After = q.URL(p.Prefix, q.Page+1)
	}
	return p.execute("list", d)
}

// row renders an image of the list, unless it is known how it looks.
func (p *Pages) row(e *entry, fails bool) (template.HTML, error) {
	ago := age(e.published, p.Now())
	if known := e.row.Load(); known != nil && known.age == ago && known.fails == fails {
		return known.html, nil
	}
	var b strings.Builder
	err := p.templates.ExecuteTemplate(&b, "row", row{
		e.name, e.title, e.description, e.source, e.aliases[:min(len(e.aliases), fewAliases)], e.architectures, e.hub, e.pinned, fails, e.size, e.published, ago,
	})
	html := template.HTML(b.String())
	if err == nil {
		e.row.Store(&rendered{ago, fails, html})
	}
	return html, err
}

// steps are links to the first and the last page, and those around the one that is shown.
func steps(root string, q query, pages int) (all []step) {
	for n := 1; n <= pages; n++ {
		switch {
		case n == 1 || n == pages || n >= q.Page-1 && n <= q.Page+1:
			all = append(all, step{n, q.URL(root, n), n == q.Page})
		case all[len(all)-1].Page != 0:
			all = append(all, step{})
		}
	}
	return all
}

// missing is the data of the template.
type missing struct {
	head
	Request string // its name in the log; "" for none
}

// Missing gives the page that says that there is no such image.
func (p *Pages) Missing(host, request string) (*document.Document, error) {
	return p.execute("missing", missing{p.head("No such image", host), request})
}
