package server

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"strings"

	"lxdocker/internal/image"
	"lxdocker/internal/imageapi"
	"lxdocker/internal/negotiate"
	"lxdocker/internal/store"
)

// file serves a published file, of a retired version too: clients keep an
// images.json for an hour and then ask for what it says.
func (s *routes) file(w http.ResponseWriter, r *http.Request, path string) {
	f, err := s.store.OpenFile(r.Context(), path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.log.Error("cannot read a published file", "path", path, "error", err, "id", w.Header().Get(imageapi.RequestID))
		if s.has(r.Context(), path) {
			fail(w, http.StatusInternalServerError, "this file cannot be read now")
			return
		}
	}
	if err == nil && s.offer.offers != nil && !s.offer.offers(f.Version) {
		_ = f.Close()
		err = fs.ErrNotExist
	}
	if err != nil {
		fail(w, http.StatusNotFound, "there is no such image file; it may have been replaced by a newer version")
		return
	}
	defer f.Close()
	imageapi.Concerns(r, f.Version.Title())
	s.fetched(r, f.Version)
	h := w.Header()
	h.Set("Content-Type", contentType(f.Entry.Name))
	h.Set("ETag", `"`+f.Entry.SHA256+`"`)
	// Another content always has another path.
	h.Set("Cache-Control", s.shared+", max-age=31536000, immutable")
	negotiate.Content(w, r, f.Version.Published(), store.NewReader(f), f.Entry.Size)
}

// fetched is told of a request for files of a version.
func (s *routes) fetched(r *http.Request, v image.Version) {
	if s.downloaded != nil && v.Hub && v.Retired == nil && r.Method == http.MethodGet {
		s.downloaded(v)
	}
}

// has says whether a file is of a version that the store has. One that turned out to
// be damaged it does not have any more, and clients that are told so ask for the
// catalog again.
func (s *routes) has(ctx context.Context, path string) bool {
	id, _, _ := image.ParsePath(path)
	now, err := s.store.Versions(ctx)
	if err != nil {
		return true // nobody knows
	}
	_, there := now.Version(id)
	return there
}

func contentType(name string) string {
	switch {
	case strings.HasSuffix(name, ".xz"):
		return "application/x-xz"
	case strings.HasSuffix(name, ".gz"):
		return "application/gzip"
	case strings.HasSuffix(name, ".tar"):
		return "application/x-tar"
	}
	return "application/octet-stream"
}
