package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// nearby is how long each answer of the registry takes: as long as one in the same
// building.
const nearby = 2 * time.Millisecond

// crowd is a registry that has one small image, under every name that somebody
// asks for. Nothing in it grows with the number of names.
type crowd struct {
	manifest []byte
	blobs    map[string][]byte // the config and the layer, by digest
	server   *http.Server
	address  string
}

func newCrowd() (*crowd, error) {
	image, err := smallImage()
	if err != nil {
		return nil, err
	}
	c := &crowd{blobs: map[string][]byte{}}
	if c.manifest, err = image.RawManifest(); err != nil {
		return nil, err
	}
	config, err := image.RawConfigFile()
	if err != nil {
		return nil, err
	}
	c.blobs[digestOf(config)] = config
	layers, err := image.Layers()
	if err != nil {
		return nil, err
	}
	for _, l := range layers {
		r, err := l.Compressed()
		if err != nil {
			return nil, err
		}
		var b bytes.Buffer
		if _, err := b.ReadFrom(r); err != nil {
			return nil, err
		}
		c.blobs[digestOf(b.Bytes())] = b.Bytes()
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c.address, c.server = listener.Addr().String(), &http.Server{Handler: c}
	go func() { _ = c.server.Serve(listener) }()
	return c, nil
}

// ServeHTTP answers as the distribution specification has it, for what pulling
// an image takes.
func (c *crowd) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	time.Sleep(nearby)
	digest, text := "", []byte{}
	if _, reference, ok := strings.Cut(r.URL.Path, "/manifests/"); ok && reference != "" {
		digest, text = digestOf(c.manifest), c.manifest
		w.Header().Set("Content-Type", string(types.OCIManifestSchema1))
	} else if _, digest, ok = strings.Cut(r.URL.Path, "/blobs/"); ok {
		if text, ok = c.blobs[digest]; !ok {
			http.NotFound(w, r)
			return
		}
	}
	if digest != "" {
		w.Header().Set("Docker-Content-Digest", digest)
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(text))
}

func (c *crowd) close() { _ = c.server.Close() }

// smallImage has one layer with one file.
func smallImage() (v1.Image, error) {
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	text := []byte("small\n")
	if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "srv/small", Mode: 0o644, Size: int64(len(text))}); err != nil {
		return nil, err
	}
	_, err := w.Write(text)
	if err := errors.Join(err, w.Close()); err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(archive.Bytes())), nil },
		tarball.WithMediaType(types.OCILayer))
	if err != nil {
		return nil, err
	}
	image, err := mutate.AppendLayers(mutate.MediaType(empty.Image, types.OCIManifestSchema1), layer)
	if err != nil {
		return nil, err
	}
	return mutate.Config(image, v1.Config{Entrypoint: []string{"/busybox-lxd", "sleep", "1000"}})
}

func digestOf(b []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(b)) }
