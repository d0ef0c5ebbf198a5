package negotiate

import (
	"net/http"
	"strconv"
	"time"

	"lxdocker/internal/document"
)

// Serve answers a request with a document. Content-Type and Cache-Control are the
// caller's. If tagged, clients are told an entity tag, and need not fetch the
// document again as long as that is right.
func Serve(w http.ResponseWriter, r *http.Request, d *document.Document, tagged bool) {
	h := w.Header()
	h.Add("Vary", "Accept-Encoding")
	tag, body := d.Tag(), d.Plain()
	if acceptsGzip(r.Header) {
		tag, body = tag+"-gzip", d.Gzip() // each form has its own: they are strong
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Length", strconv.FormatInt(body.Size(), 10)) // ServeContent leaves it out of what is encoded
	}
	if tagged {
		h.Set("ETag", `"`+tag+`"`)
	}
	// No Last-Modified: a document can change twice in a second, and a client that
	// compares seconds would miss it.
	Content(w, r, time.Time{}, body, body.Size())
}
