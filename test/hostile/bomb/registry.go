package bomb

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"lxdocker/internal/mediatype"
)

// Registry gives out what an author of images put there. It is a handler of HTTP.
type Registry struct {
	// Slow, if not nil, sends the blobs of layers.
	Slow func(w io.Writer) error

	mu    sync.Mutex
	blobs map[string]Blob
	tags  map[string]string // repository to digest of a manifest
	sizes map[string]int    // of the layers, or else the manifest, of a repository
}

// NewRegistry returns an empty one.
func NewRegistry() *Registry {
	return &Registry{blobs: map[string]Blob{}, tags: map[string]string{}, sizes: map[string]int{}}
}

// Put takes a blob or a document.
func (r *Registry) Put(b Blob) (digest string) {
	digest = b.Digest()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.blobs[digest] = b
	return digest
}

// Image is an image of layers under a name.
func (r *Registry) Image(name string, layers ...Packed) {
	r.Configured(name, map[string]any{"Cmd": []string{"/bin/true"}}, layers...)
}

// Configured is an image of layers that says how it is to be run, in the words of OCI's
// config ("Cmd", "Env").
func (r *Registry) Configured(name string, process map[string]any, layers ...Packed) {
	var list []any
	diffIDs := []string{}
	size := 0
	for _, l := range layers {
		list = append(list, map[string]any{"mediaType": l.MediaType, "digest": r.Put(l.Blob()), "size": l.Blob().Len()})
		diffIDs = append(diffIDs, l.DiffID)
		size += l.Blob().Len()
	}
	config := Encode(map[string]any{
		"architecture": "amd64", "os": "linux", "config": process,
		"rootfs": map[string]any{"type": "layers", "diff_ids": diffIDs},
	})
	r.manifest(name, size, Blob{manifestOf(r.Put(Blob{config}), len(config), list)})
}

// Config is an image without layers under a name, with a config of any text.
func (r *Registry) Config(name string, config Blob) {
	r.manifest(name, config.Len(), Blob{manifestOf(r.Put(config), config.Len(), []any{})})
}

// Manifest is any text in place of a manifest.
func (r *Registry) Manifest(name string, raw Blob) { r.manifest(name, raw.Len(), raw) }

func (r *Registry) manifest(name string, size int, raw Blob) {
	digest := r.Put(raw)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tags[name], r.sizes[name] = digest, size
}

func manifestOf(config string, size int, layers []any) []byte {
	return Encode(map[string]any{"schemaVersion": 2, "mediaType": mediatype.OCIManifest, "layers": layers,
		"config": map[string]any{"mediaType": mediatype.OCIConfig, "digest": config, "size": size}})
}

// Encode is a document.
func Encode(v any) []byte { return must(json.Marshal(v)) }

// DigestOf is what a name means; "" if it means nothing.
func (r *Registry) DigestOf(name string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tags[name]
}

// Size is how many bytes the layers of a name have, or else its document.
func (r *Registry) Size(name string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sizes[name]
}

// ServeHTTP speaks as much of a registry's protocol as it takes. Tags do not count.
func (r *Registry) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	path, ok := strings.CutPrefix(request.URL.Path, "/v2/")
	if !ok || path == "" {
		return
	}
	name, digest, blob := strings.Cut(path, "/blobs/")
	if !blob {
		name, digest, _ = strings.Cut(path, "/manifests/")
	}
	r.mu.Lock()
	if !strings.HasPrefix(digest, "sha256:") {
		digest = r.tags[name]
	}
	b, found := r.blobs[digest]
	r.mu.Unlock()
	if !found {
		http.NotFound(w, request)
		return
	}
	if !blob {
		w.Header().Set("Content-Type", mediatype.OCIManifest)
		w.Header().Set("Docker-Content-Digest", digest)
	}
	w.Header().Set("Content-Length", fmt.Sprint(b.Len()))
	if request.Method == http.MethodHead {
		return
	}
	if blob && r.Slow != nil && b.Len() > 4<<10 {
		_ = r.Slow(w)
		return
	}
	for _, part := range b {
		if _, err := w.Write(part); err != nil {
			return
		}
	}
}
