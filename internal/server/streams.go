package server

import (
	"net/http"

	"lxdocker/internal/imageapi"
	"lxdocker/internal/negotiate"
	"lxdocker/internal/simplestreams"
)

// document serves one of the JSON files.
func (s *routes) document(w http.ResponseWriter, r *http.Request, path string) {
	c, err := s.offer.now(r.Context())
	if err != nil {
		s.unavailable(w, r, err)
		return
	}
	file := s.index
	if path == simplestreams.ImagesPath {
		file = s.images
	}
	d, err := file.of(c)
	if err != nil {
		s.log.Error("cannot render a document", "path", path, "error", err, "id", w.Header().Get(imageapi.RequestID))
		fail(w, http.StatusInternalServerError, "the images cannot be listed now")
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", s.revalidate()) // that is: ask whether the ETag is still right
	negotiate.Serve(w, r, d, true)
}

// revalidate is for what changes: caches ask before they use it. None keeps for others what
// depends on who asks.
func (s *routes) revalidate() string {
	if s.shared == "private" {
		return "private, no-cache"
	}
	return "no-cache"
}

// unavailable answers while the store cannot be read. Clients then go on with
// the catalog that they have.
func (s *routes) unavailable(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() == nil { // else the client is gone
		s.log.Error("cannot read the store", "error", err, "id", w.Header().Get(imageapi.RequestID))
	}
	w.Header().Set("Retry-After", "60")
	fail(w, http.StatusServiceUnavailable, "the images cannot be listed now")
}
