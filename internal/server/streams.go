package server

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"lxdocker/internal/catalog"
	"lxdocker/internal/simplestreams"
)

// streams keeps index.json and images.json ready. Each request looks at the
// store again, which costs some microseconds for each version; what it
// finds is only compressed and hashed again if it changed.
type streams struct {
	store Store
	log   *slog.Logger
	state fresh[*state]
	last  *state // used by one flight of state at a time
}

// state is what the store offers.
type state struct {
	catalog       catalog.Catalog
	index, images *document
}

func newStreams(store Store, log *slog.Logger) *streams {
	s := &streams{store: store, log: log, last: &state{index: &document{}, images: &document{}}}
	s.state.make = s.look
	return s
}

func (s *streams) look() (*state, error) {
	versions, err := s.store.Versions()
	if err != nil {
		return nil, err
	}
	c := catalog.New(versions)
	index, images, err := simplestreams.Render(c)
	if err != nil {
		return nil, err
	}
	if bytes.Equal(index, s.last.index.plain) && bytes.Equal(images, s.last.images.plain) {
		// Retired versions are not in these files, but in the catalog.
		s.last = &state{catalog: c, index: s.last.index, images: s.last.images}
		return s.last, nil
	}
	next := &state{catalog: c}
	if next.index, err = newDocument(index); err != nil {
		return nil, fmt.Errorf("compressing %s: %w", simplestreams.IndexPath, err)
	}
	if next.images, err = newDocument(images); err != nil {
		return nil, fmt.Errorf("compressing %s: %w", simplestreams.ImagesPath, err)
	}
	s.last = next
	s.log.Info("the catalog changed", "images", len(c.Products))
	for _, x := range c.Clashes {
		s.log.Warn("two images want one alias", "alias", x.Alias, "architecture", x.Architecture, "given", x.Winner, "refused", x.Loser)
	}
	return next, nil
}

// document serves one of the JSON files.
func (s *routes) document(w http.ResponseWriter, r *http.Request, path string) {
	now, err := s.streams.state.get()
	if err != nil {
		s.unavailable(w, err)
		return
	}
	doc := now.index
	if path == simplestreams.ImagesPath {
		doc = now.images
	}
	body, tag := doc.plain, doc.plainTag
	h := w.Header()
	h.Set("Vary", "Accept-Encoding")
	if acceptsGzip(r.Header) {
		body, tag = doc.zipped, doc.zippedTag
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Length", strconv.Itoa(len(body))) // ServeContent leaves it out of what is encoded
	}
	h.Set("Content-Type", "application/json")
	h.Set("ETag", tag)
	h.Set("Cache-Control", "no-cache") // that is: ask whether the ETag is still right
	// No Last-Modified: the catalog can change twice in a second, and a client
	// that compares seconds would miss it.
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// unavailable answers while the store cannot be read. Clients then go on with
// the catalog that they have.
func (s *routes) unavailable(w http.ResponseWriter, err error) {
	s.log.Error("cannot read the store", "error", err)
	w.Header().Set("Retry-After", "60")
	fail(w, http.StatusServiceUnavailable, "the images cannot be listed now")
}
