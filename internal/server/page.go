package server

import (
	"net/http"
	"strings"
	"time"

	"lxdocker/internal/negotiate"
	"lxdocker/internal/server/web"
)

// page tells people what this is.
func (s *routes) page(w http.ResponseWriter, r *http.Request) {
	c, err := s.offer.now(r.Context())
	if err != nil {
		s.unavailable(w, r, err)
		return
	}
	d, err := s.web.Document(c, r.Host)
	if err != nil {
		s.log.Error("cannot render the page", "error", err)
		fail(w, http.StatusInternalServerError, "this page cannot be shown now")
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'")
	h.Set("Cache-Control", "no-cache")
	negotiate.Serve(w, r, d, true)
}

// icon is asked for by every browser.
func (s *routes) icon(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "image/svg+xml")
	h.Set("Cache-Control", "public, max-age=86400")
	negotiate.Content(w, r, time.Time{}, strings.NewReader(web.Icon), int64(len(web.Icon)))
}
