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
	// Open streams a blob from its first byte. A dropped connection is the
	// implementation's business. Close of the reader may be called while a Read
	// is under way, and ends that.
	Open(ctx context.Context, l Layer) (io.ReadCloser, error)
}

// Source is where the documents and layers of an image are. What it returns as a
// document has the digest and the size that were asked for.
type Source interface {
	Blobs
	Manifest(ctx context.Context, d Descriptor) ([]byte, error)
	Config(ctx context.Context, d Descriptor) ([]byte, error)
}

// Open streams a layer's blob as the source has it, going on where a dropped
// connection ended. Nothing in it is verified. The context counts until the
// reader is closed.
func (i *Image) Open(ctx context.Context, l Layer) (io.ReadCloser, error) {
	r, err := i.Blobs.Open(ctx, l)
	if failure.KindOf(err) == failure.NotFound && mediatype.IsNondistributable(l.MediaType) {
		// To follow the URLs in its descriptor would let an image send requests
		// anywhere.
		err = failure.Errorf(failure.Unsupported, "%w (it is a non-distributable layer: registries need not hold it, and it is not fetched from elsewhere)", err)
	}
	if err != nil {
		return nil, fmt.Errorf("fetching layer %s of %s: %w", l.Digest, i.Reference, err)
	}
	return &layerReader{r, ctx, l, i.Reference}, nil
}

// Close lets go of what an archive needed to be read. Layers that are open
// cannot be read any more then. An image that is not closed is let go of when
// the garbage collector finds it.
func (i *Image) Close() error {
	if c, ok := i.Blobs.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// layerReader names the layer in errors, and stops when its context ends, for
// sources that know of none.
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
