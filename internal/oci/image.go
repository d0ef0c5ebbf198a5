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
	Digest  string
	Config  Config
	Created time.Time // zero if the image does not say
	Layers  []Layer   // the lowest first; none in an empty image

	blobs blobs
}

// Layer is one blob of an image.
type Layer struct {
	Digest    string // of the blob, "sha256:…"
	DiffID    string // of the tar in it, "sha256:…"
	MediaType string // OCI's or Docker's; says how the tar is compressed
	Size      int64  // of the blob, in bytes
}

// blobs is where the layers of an image are.
type blobs interface {
	open(ctx context.Context, l Layer) (io.ReadCloser, error)
}

// source is where the documents and layers of an image are. What it returns as a
// document has the digest that was asked for.
type source interface {
	blobs
	manifest(ctx context.Context, d descriptor) ([]byte, error)
	config(ctx context.Context, d descriptor) ([]byte, error)
}

// Open streams a layer's blob as the source has it, going on where a dropped
// connection ended. Nothing in it is verified. The context counts until the
// reader is closed.
func (i *Image) Open(ctx context.Context, l Layer) (io.ReadCloser, error) {
	r, err := i.blobs.open(ctx, l)
	if failure.KindOf(err) == failure.NotFound && mediatype.IsNondistributable(l.MediaType) {
		// To follow the URLs in its descriptor would let an image send requests
		// anywhere.
		err = failure.Errorf(failure.Unsupported, "%w (it is a non-distributable layer: registries need not hold it, and it is not fetched from elsewhere)", err)
	}
	if err != nil {
		return nil, fmt.Errorf("fetching layer %s of %s: %w", l.Digest, i.Reference, err)
	}
	return &layerReader{contextReader{ctx, r}, r, l, i.Reference}, nil
}

// Close lets go of what an archive needed to be read. Layers that are open
// cannot be read any more then. An image that is not closed is let go of when
// the garbage collector finds it.
func (i *Image) Close() error {
	if c, ok := i.blobs.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// layerReader names the layer in errors.
type layerReader struct {
	io.Reader
	io.Closer
	layer Layer
	ref   Reference
}

func (r *layerReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("fetching layer %s of %s: %w", r.layer.Digest, r.ref, err)
	}
	return n, err
}

// contextReader stops when its context ends, for sources that know of none.
type contextReader struct {
	ctx context.Context
	io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.Reader.Read(p)
}
