package ocitest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"

	"lxdocker/internal/failure"
	"lxdocker/internal/mediatype"
	"lxdocker/internal/oci"
)

// Memory is a Source of what it was given. The zero value is empty.
type Memory struct {
	blobs map[string][]byte
	Asked []string // digests of documents
}

// Add takes a document or blob and returns its descriptor.
func (m *Memory) Add(mediaType string, b []byte) oci.Descriptor {
	if m.blobs == nil {
		m.blobs = map[string][]byte{}
	}
	d := oci.Descriptor{MediaType: mediaType, Digest: oci.DigestOf(b), Size: int64(len(b))}
	m.blobs[d.Digest] = b
	return d
}

// Push takes an image and returns the descriptor of its manifest.
func (m *Memory) Push(b Baked) oci.Descriptor {
	m.Add(mediatype.OCIConfig, b.Config)
	for _, blob := range b.Layers {
		m.Add(mediatype.TarGzip, blob)
	}
	return m.Add(mediatype.OCIManifest, b.Manifest)
}

// Manifest implements oci.Source.
func (m *Memory) Manifest(_ context.Context, d oci.Descriptor) ([]byte, error) {
	m.Asked = append(m.Asked, d.Digest)
	b, ok := m.blobs[d.Digest]
	if !ok {
		return nil, failure.New(failure.NotFound, fmt.Errorf("%s is not there", d.Digest))
	}
	return b, d.CheckSize(b)
}

// Config implements oci.Source.
func (m *Memory) Config(ctx context.Context, d oci.Descriptor) ([]byte, error) {
	return m.Manifest(ctx, d)
}

// Open implements oci.Blobs.
func (m *Memory) Open(_ context.Context, l oci.Layer) (io.ReadCloser, error) {
	b, ok := m.blobs[l.Digest]
	if !ok {
		return nil, failure.New(failure.NotFound, fmt.Errorf("%s is not there", l.Digest))
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

// Read returns a layer as an image's source has it.
func Read(t testing.TB, img *oci.Image, l oci.Layer) ([]byte, error) {
	t.Helper()
	r, err := img.Open(t.Context(), l)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}
