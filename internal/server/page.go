package server

import (
	"bytes"
	"html/template"
	"net/http"
	"strings"
	"time"

	"lxdocker/internal/catalog"
)

const pageText = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Images for LXD and Incus</title>
<style>body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}
table{border-collapse:collapse}td,th{text-align:left;padding:.2em 1.5em .2em 0;vertical-align:top}
pre{background:#8882;padding:.7em;overflow:auto}</style>
<h1>Images for LXD and Incus</h1>
<p>This is a simplestreams server: applications from OCI images, to be run as ordinary containers.</p>
<pre>lxc remote add hub https://{{.Host}} --protocol simplestreams
lxc launch hub:{{.Example}} first

incus remote add hub https://{{.Host}} --protocol simplestreams
incus launch hub:{{.Example}} first</pre>
<p>If the server has a certificate of its own making, save that first as
<code>~/.config/lxc/servercerts/hub.crt</code> or <code>~/.config/incus/servercerts/hub.crt</code>.
The program that runs here printed it, and the commands, when it started.</p>
{{if .Products}}<table>
<tr><th>Image<th>Architecture<th>Release<th>Version<th>Fingerprint
{{range .Products}}<tr><td>{{range $i, $a := .Aliases}}{{if $i}}, {{end}}{{$a}}{{end}}<td>{{.Architecture}}<td>{{.Current.Release}}<td>{{.Current.Serial}}<td><code>{{printf "%.12s" .Current.Fingerprint}}</code>{{with .Current.TarballFingerprint}} (Incus: <code>{{printf "%.12s" .}}</code>){{end}}
{{end}}</table>{{else}}<p>There are no images yet.</p>{{end}}
</html>
`

// page tells people what this is.
func (s *routes) page(w http.ResponseWriter, r *http.Request) {
	now, err := s.streams.state.get()
	if err != nil {
		s.unavailable(w, err)
		return
	}
	body, err := renderPage(now.catalog, r.Host)
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

func renderPage(c catalog.Catalog, host string) ([]byte, error) {
	t, err := template.New("page").Parse(pageText)
	if err != nil {
		return nil, err
	}
	data := struct {
		Host, Example string
		Products      []catalog.Product
	}{plainHost(host), "nginx", c.Products}
	if len(c.Products) > 0 {
		data.Example = c.Products[0].Name
	}
	var b bytes.Buffer
	err = t.Execute(&b, data)
	return b.Bytes(), err
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
