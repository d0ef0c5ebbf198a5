package hostile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"lxdocker/internal/mediatype"
	"lxdocker/internal/oci"
)

// shelf is a registry that gives out what an author of images put there.
type shelf struct {
	host  string
	mu    sync.Mutex
	blobs map[string][]byte        // by digest
	tags  map[string]string        // repository to digest of a manifest
	sizes map[string]int           // of the layers, or else the manifest, of a repository
	slow  func(w io.Writer) error  // if not nil, sends the blobs of layers
	asked map[string]chan struct{} // by digest, closed when a blob is asked for
}

func newShelf(t *testing.T) *shelf {
	s := &shelf{blobs: map[string][]byte{}, tags: map[string]string{}, sizes: map[string]int{}, asked: map[string]chan struct{}{}}
	server := httptest.NewServer(s)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	s.host = strings.TrimPrefix(server.URL, "http://")
	return s
}

// put takes a blob or a document.
func (s *shelf) put(b []byte) (digest string) {
	digest = oci.DigestOf(b)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blobs[digest] = b
	return digest
}

// packed is a layer as a registry has it.
type packed struct {
	mediaType string
	blob      []byte
	diffID    string
}

// image is an image of layers under a name.
func (s *shelf) image(t *testing.T, name string, layers ...packed) {
	t.Helper()
	var list []any
	diffIDs := []string{}
	size := 0
	for _, l := range layers {
		list = append(list, map[string]any{"mediaType": l.mediaType, "digest": s.put(l.blob), "size": len(l.blob)})
		diffIDs = append(diffIDs, l.diffID)
		size += len(l.blob)
	}
	config := encode(t, map[string]any{
		"architecture": "amd64", "os": "linux", "config": map[string]any{"Cmd": []string{"/bin/true"}},
		"rootfs": map[string]any{"type": "layers", "diff_ids": diffIDs},
	})
	s.manifest(name, encode(t, map[string]any{
		"schemaVersion": 2, "mediaType": mediatype.OCIManifest, "layers": list,
		"config": map[string]any{"mediaType": mediatype.OCIConfig, "digest": s.put(config), "size": len(config)},
	}))
	s.sizes[name] = size
}

func (s *shelf) manifest(name string, raw []byte) {
	digest := s.put(raw)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tags[name], s.sizes[name] = digest, len(raw)
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// ServeHTTP speaks as much of a registry's protocol as it takes.
func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, ok := strings.CutPrefix(r.URL.Path, "/v2/")
	if !ok || path == "" {
		return
	}
	name, digest, blob := strings.Cut(path, "/blobs/")
	if !blob {
		name, digest, _ = strings.Cut(path, "/manifests/")
	}
	s.mu.Lock()
	if !strings.HasPrefix(digest, "sha256:") {
		digest = s.tags[name]
	}
	b, found := s.blobs[digest]
	asked := s.asked[digest]
	delete(s.asked, digest)
	s.mu.Unlock()
	if !found {
		http.NotFound(w, r)
		return
	}
	if asked != nil {
		close(asked)
	}
	if !blob {
		w.Header().Set("Content-Type", mediatype.OCIManifest)
		w.Header().Set("Docker-Content-Digest", digest)
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(b)))
	if r.Method == http.MethodHead {
		return
	}
	if blob && s.slow != nil && len(b) > 4<<10 {
		_ = s.slow(w)
		return
	}
	_, _ = io.Copy(w, bytes.NewReader(b))
}
