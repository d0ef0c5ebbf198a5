package server

import (
	"bytes"
	"cmp"
	_ "embed"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"lxdocker/internal/catalog"
)

//go:embed page.html
var pageText string

// page tells people what this is.
func (s *routes) page(w http.ResponseWriter, r *http.Request) {
	now, err := s.offer.now(r.Context())
	if err != nil {
		s.unavailable(w, err)
		return
	}
	body, err := renderPage(now, r.Host, s.hub, s.onDemand)
	if err != nil {
		s.log.Error("cannot render the page", "error", err)
		fail(w, http.StatusInternalServerError, "this page cannot be shown now")
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	h.Set("Cache-Control", "no-cache")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// pageData is what the page says.
type pageData struct {
	Host     string // as the request said it
	Native   string // the same with a port
	Example  string
	OnDemand bool
	Patterns []string
	Specs    []*catalog.Product
	Hubs     []*catalog.Product
}

func renderPage(c *catalog.Catalog, host string, onDemand bool, patterns []string) ([]byte, error) {
	t, err := template.New("page").Funcs(template.FuncMap{"shortest": shortest}).Parse(pageText)
	if err != nil {
		return nil, err
	}
	host = plainHost(host)
	data := pageData{Host: host, Native: withPort(host), Example: "nginx", OnDemand: onDemand, Patterns: patterns}
	for _, p := range c.Products() {
		if p.Hub() {
			data.Hubs = append(data.Hubs, p)
		} else {
			data.Specs = append(data.Specs, p)
		}
	}
	slices.SortStableFunc(data.Hubs, func(a, b *catalog.Product) int { return strings.Compare(shortest(a), shortest(b)) })
	if len(data.Specs) > 0 {
		data.Example = data.Specs[0].Name
	} else if len(data.Hubs) > 0 {
		data.Example = shortest(data.Hubs[0])
	}
	var b bytes.Buffer
	err = t.Execute(&b, data)
	return b.Bytes(), err
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
