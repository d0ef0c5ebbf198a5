package oci

import (
	"context"
	"fmt"
	"io"
	"time"

	"lxdocker/internal/failure"
	"lxdocker/internal/mediatype"
)

// Image is one image for one platform. Its layers stay where they are until
// they are opened.
type Image struct {
	Reference Reference
	Platform  Platform
	// Digest is that of the platform's manifest. A docker-archive has none;
	// there it is made from the config's digest and the layers' diffIDs.
	Digest string
	// Chain are the digests that lead to the image: first that of what the reference means,
	// which may be an index; each names the next; the last is Digest. A docker-archive has none.
	Chain   []string
	Config  Config
	Created time.Time // zero if the image does not say
	Layers  []Layer   // the lowest first; none in an empty image
	Blobs   Blobs     // where the layers are
}

// Layer is one blob of an image.
type Layer struct {
	Digest    string // of the blob, "sha256:…"
	DiffID    string // of the tar in it, "sha256:…"
	MediaType string // OCI's or Docker's; says how the tar is compressed
	Size      int64  // of the blob, in bytes
}

// Blobs is where the layers of an image are. If it is an io.Closer, the image's
// Close closes it.
type Blobs interface {
	// Open streams a blob from its first byte. The implementation resumes dropped
	// connections. Close of the reader may be called during a Read and ends it.
	Open(ctx context.Context, l Layer) (io.ReadCloser, error)
}

// Source is where the documents and layers of an image are. It verifies the digest
// and the size of each document that it returns.
type Source interface {
	Blobs
	Manifest(ctx context.Context, d Descriptor) ([]byte, error)
	Config(ctx context.Context, d Descriptor) ([]byte, error)
}

// Prover is a source whose layers may be in a cache that is filled from other sources, too.
// Its image is to be made only of what it has itself.
type Prover interface {
	// Prove returns nil if the source has a layer.
	Prove(ctx context.Context, l Layer) error
	// Proved tells it that the right bytes of the layer came from it.
	Proved(l Layer)
}

// Open streams a layer's blob as the source has it; its bytes are not verified. The
// context applies until the reader is closed.
func (i *Image) Open(ctx context.Context, l Layer) (io.ReadCloser, error) {
	r, err := i.Blobs.Open(ctx, l)
	if failure.KindOf(err) == failure.NotFound && mediatype.IsNondistributable(l.MediaType) {
		// Following the URLs in its descriptor would let an image make us send
		// requests anywhere.
		err = failure.Errorf(failure.Unsupported, "%w (it is a non-distributable layer: registries need not hold it, and it is not fetched from elsewhere)", err)
	}
	if err != nil {
		return nil, fmt.Errorf("fetching layer %s of %s: %w", l.Digest, i.Reference, err)
	}
	return &layerReader{r, ctx, l, i.Reference}, nil
}

// Close closes the archive that the image comes from, if any. Open layers cannot be
// read any more then. An image that is not closed is closed by the garbage collector.
func (i *Image) Close() error {
	if c, ok := i.Blobs.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// layerReader names the layer in errors and stops when its context ends, which files
// do not do themselves.
type layerReader struct {
	io.ReadCloser
	ctx   context.Context
	layer Layer
	ref   Reference
}

func (r *layerReader) Read(p []byte) (n int, err error) {
	if r.ctx.Err() != nil {
		err = context.Cause(r.ctx)
	} else {
		n, err = r.ReadCloser.Read(p)
	}
	if err != nil && err != io.EOF {
		err = fmt.Errorf("fetching layer %s of %s: %w", r.layer.Digest, r.ref, err)
	}
	return n, err
}
