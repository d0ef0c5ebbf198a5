package server

import (
	"io"
	"net/http"
	"net/url"

	"lxdocker/internal/catalog"
	"lxdocker/internal/document"
	"lxdocker/internal/imageapi"
	"lxdocker/internal/negotiate"
	"lxdocker/internal/server/web"
)

// page shows people what there is.
func (s *routes) page(w http.ResponseWriter, r *http.Request) {
	form := r.URL.Query() // what is malformed counts as not said
	s.show(w, r, "text/html; charset=utf-8", func(c *catalog.Catalog) (*document.Document, error) {
		return s.web.List(c, r.Host, imageapi.ClientOf(r), form)
	})
}

// view shows people one image.
func (s *routes) view(w http.ResponseWriter, r *http.Request, name string) {
	if plain, err := url.PathUnescape(name); err == nil {
		imageapi.Concerns(r, plain)
	}
	s.show(w, r, "text/html; charset=utf-8", func(c *catalog.Catalog) (*document.Document, error) {
		return s.web.Image(r.Context(), c, r.Host, imageapi.ClientOf(r), name)
	})
}

// feed tells programs of people what is new.
func (s *routes) feed(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, "application/atom+xml; charset=utf-8", func(c *catalog.Catalog) (*document.Document, error) { return s.web.Feed(c, r.Host) })
}

// show answers with a document of the catalog; nil is 404.
func (s *routes) show(w http.ResponseWriter, r *http.Request, kind string, of func(*catalog.Catalog) (*document.Document, error)) {
	c, err := s.offer.now(r.Context())
	if err != nil {
		s.unavailable(w, r, err)
		return
	}
	d, err := of(c)
	missing := d == nil && err == nil
	if missing {
		d, err = s.web.Missing(r.Host, w.Header().Get(imageapi.RequestID))
	}
	if busy(w, err) || err != nil && r.Context().Err() != nil {
		return
	}
	if err != nil {
		s.log.Error("cannot render a page", "error", err, "id", w.Header().Get(imageapi.RequestID))
		fail(w, http.StatusInternalServerError, "this page cannot be shown now")
		return
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Security-Policy", web.Policy)
	h.Set("Referrer-Policy", "no-referrer")
	if missing {
		h.Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusNotFound)
		if r.Method != http.MethodHead {
			_, _ = io.Copy(w, d.Plain())
		}
		return
	}
	h.Set("Cache-Control", s.revalidate())
	negotiate.Serve(w, r, d, true)
}

// asset sends a file of the pages, whose path changes with its contents.
func (s *routes) asset(w http.ResponseWriter, r *http.Request, path string) {
	a, ok := s.web.Asset(path)
	if !ok {
		fail(w, http.StatusNotFound, "there is nothing here")
		return
	}
	s.content(w, r, a, "public, max-age=31536000, immutable")
}

// icon is asked for by every browser.
func (s *routes) icon(w http.ResponseWriter, r *http.Request) {
	s.content(w, r, s.web.Icon(), "public, max-age=86400")
}

func (s *routes) content(w http.ResponseWriter, r *http.Request, a web.Asset, cache string) {
	h := w.Header()
	h.Set("Content-Type", a.Type)
	h.Set("Cache-Control", cache)
	h.Set("Content-Security-Policy", "default-src 'none'") // of an icon that somebody opens by itself
	negotiate.Serve(w, r, a.Document, true)
}
