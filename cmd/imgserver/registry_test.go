package main

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"lxdocker/internal/mediatype"
	"lxdocker/internal/oci"
	"lxdocker/internal/oci/ocitest"
)

// testRegistry is a registry of one repository.
type testRegistry struct {
	host string

	mu    sync.Mutex
	blobs map[string][]byte
	tags  map[string]string
	asked map[string]int        // "GET sha256:…", or a tag
	hold  func(r *http.Request) // called in the middle of an answer
}

func newRegistry(t *testing.T) *testRegistry {
	t.Helper()
	r := &testRegistry{blobs: map[string][]byte{}, tags: map[string]string{}, asked: map[string]int{}}
	s := httptest.NewServer(r)
	t.Cleanup(s.Close)
	r.host = strings.TrimPrefix(s.URL, "http://")
	return r
}

// push has a tag mean an image.
func (r *testRegistry) push(tag string, b ocitest.Baked) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, blob := range append([][]byte{b.Config, b.Manifest}, b.Layers...) {
		r.blobs[oci.DigestOf(blob)] = blob
	}
	r.tags[tag] = oci.DigestOf(b.Manifest)
}

func (r *testRegistry) count(what string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked[what]
}

func (r *testRegistry) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	path := strings.Split(strings.TrimPrefix(q.URL.Path, "/v2/"), "/") // owner, name, kind, reference
	if len(path) != 4 {
		return // GET /v2/: nobody has to log in
	}
	kind, reference := path[2], path[3]
	r.mu.Lock()
	r.asked[q.Method+" "+reference]++
	if digest, ok := r.tags[reference]; ok {
		reference = digest
	}
	body, ok := r.blobs[reference]
	hold := r.hold
	r.mu.Unlock()
	if !ok {
		http.NotFound(w, q)
		return
	}
	if kind == "manifests" {
		w.Header().Set("Content-Type", mediatype.OCIManifest)
		w.Header().Set("Docker-Content-Digest", reference)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	half := len(body) / 2
	_, _ = w.Write(body[:half])
	if hold != nil {
		_ = http.NewResponseController(w).Flush()
		hold(q)
	}
	_, _ = w.Write(body[half:])
}
