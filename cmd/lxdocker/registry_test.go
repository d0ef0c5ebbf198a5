package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"lxdocker/internal/signature/signaturetest"
)

// testRegistry is a real registry in this process that counts what it is asked.
type testRegistry struct {
	*httptest.Server
	mu      sync.Mutex
	seen    map[string]int
	spoil   map[string]int // how often a manifest, a config or a layer still arrives with a wrong byte
	signers map[string]*signaturetest.Signer
}

func newRegistry() *testRegistry {
	r := &testRegistry{seen: map[string]int{}, spoil: map[string]int{}, signers: map[string]*signaturetest.Signer{}}
	handler := r.spoiling(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path != "/v2/" { // which asks only how to log in
			r.mu.Lock()
			r.seen[q.Method]++
			r.mu.Unlock()
		}
		handler.ServeHTTP(w, q)
	}))
	return r
}

// spoiling turns over a bit of what is on its way, as often as spoil says.
func (r *testRegistry) spoiling(registry http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		whole := httptest.NewRecorder()
		registry.ServeHTTP(whole, q)
		body, kind := whole.Body.Bytes(), "layer"
		switch {
		case strings.Contains(q.URL.Path, "/manifests/"):
			kind = "manifest"
		case bytes.HasPrefix(body, []byte("{")):
			kind = "config"
		}
		r.mu.Lock()
		if q.Method == http.MethodGet && whole.Code == http.StatusOK && r.spoil[kind] > 0 && len(body) > 0 {
			r.spoil[kind]--
			body[len(body)/2] ^= 1
		}
		r.mu.Unlock()
		maps.Copy(w.Header(), whole.Header())
		w.WriteHeader(whole.Code)
		_, _ = w.Write(body)
	})
}

func (r *testRegistry) Address() string { return strings.TrimPrefix(r.URL, "http://") }

// count gives the number of requests since the last call, and starts anew.
func (r *testRegistry) count(method string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.seen[method]
	clear(r.seen)
	return n
}

// push pushes the files of a folder; capable, if it is not "", is one of them
// that gets a capability.
func (r *testRegistry) push(reference, dir, config, capable string) error {
	layer, err := layerOf(dir)
	if err != nil {
		return err
	}
	layers := []v1.Layer{layer}
	if capable != "" {
		layers = append(layers, capableLayer(capable))
	}
	image, err := mutate.AppendLayers(empty.Image, layers...)
	if err != nil {
		return err
	}
	file := &v1.ConfigFile{OS: "linux", Architecture: "amd64", Config: v1.Config{Entrypoint: []string{"/bin/server"}}}
	if err := json.Unmarshal([]byte(config), file); err != nil {
		return err
	}
	have, err := image.ConfigFile()
	if err != nil {
		return err
	}
	file.RootFS = have.RootFS
	if image, err = mutate.ConfigFile(image, file); err != nil {
		return err
	}
	ref, err := name.ParseReference(r.Address() + "/" + reference)
	if err != nil {
		return err
	}
	defer r.count("")
	return remote.Write(ref, image)
}

// digest is what a tag means.
func (r *testRegistry) digest(reference string) (string, error) {
	ref, err := name.ParseReference(r.Address() + "/" + reference)
	if err != nil {
		return "", err
	}
	d, err := remote.Head(ref)
	if err != nil {
		return "", err
	}
	return d.Digest.String(), nil
}

// layerOf packs a folder; every file is executable, owned by root and of 1980.
func layerOf(dir string) (v1.Layer, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	if err := w.AddFS(os.DirFS(dir)); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return layerFrom(out.Bytes())
}

// capableLayer has one file, with cap_net_bind_service=ep as the kernel stores it.
func capableLayer(name string) v1.Layer {
	const capability = "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o755, PAXRecords: map[string]string{"SCHILY.xattr.security.capability": capability}}
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	err := errors.Join(w.WriteHeader(h), w.Close())
	layer, also := layerFrom(out.Bytes())
	if err := errors.Join(err, also); err != nil {
		panic(err) // nothing in it can go wrong
	}
	return layer
}

func layerFrom(data []byte) (v1.Layer, error) {
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil })
}
