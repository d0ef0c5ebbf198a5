package layer

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/sync/semaphore"
)

// encoding is how the bytes of a blob hold the tar archive.
type encoding string

const (
	unknown encoding = ""
	plain   encoding = "uncompressed"
	gzipped encoding = "gzip"
	zstded  encoding = "zstd"
)

// layerTypes are the media types of layers that can be read: those of the OCI
// image specification (media-types.md) and of Docker's schema 2, whose zstd one
// is in no specification, but in registries.
var layerTypes = map[string]encoding{
	"application/vnd.oci.image.layer.v1.tar":            plain,
	"application/vnd.oci.image.layer.v1.tar+gzip":       gzipped,
	"application/vnd.oci.image.layer.v1.tar+zstd":       zstded,
	"application/vnd.docker.image.rootfs.diff.tar":      plain,
	"application/vnd.docker.image.rootfs.diff.tar.gzip": gzipped,
	"application/vnd.docker.image.rootfs.diff.tar.zstd": zstded,
}

// encodingOf says what a media type promises, or why such a layer is of no use (T13).
func encodingOf(mediaType string) (encoding, error) {
	base, _, _ := strings.Cut(mediaType, ";")
	base = strings.ToLower(strings.TrimSpace(base))
	if base == "" {
		return unknown, nil
	}
	if e, ok := layerTypes[base]; ok {
		return e, nil
	}
	switch {
	case strings.HasSuffix(base, "+encrypted"):
		return unknown, unsupportedf("it is encrypted (media type %s) and nobody here has the key", mediaType)
	case strings.Contains(base, ".foreign.") || strings.Contains(base, ".nondistributable."):
		return unknown, unsupportedf("it is a foreign layer that registries do not distribute (media type %s)", mediaType)
	case strings.HasPrefix(base, "application/vnd.oci.image.layer.") || strings.HasPrefix(base, "application/vnd.docker.image.rootfs."):
		return unknown, unsupportedf("its compression is not known here (media type %s): only gzip, zstd and uncompressed layers are", mediaType)
	default:
		return unknown, unsupportedf("it holds no file system (media type %s)", mediaType)
	}
}

// sniff tells compressions by their first bytes. A skippable frame may open a
// zstd stream, too (RFC 8878, 3.1.2: 0x184D2A50 to 0x184D2A5F).
func sniff(head []byte) encoding {
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return gzipped
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}),
		len(head) >= 4 && head[0]&0xf0 == 0x50 && bytes.Equal(head[1:4], []byte{0x2a, 0x4d, 0x18}):
		return zstded
	case bytes.HasPrefix(head, []byte("BZh")):
		return "bzip2"
	case bytes.HasPrefix(head, []byte{0xfd, '7', 'z', 'X', 'Z', 0}):
		return "xz"
	default:
		return plain
	}
}

// expand returns the archive in a blob and how it was compressed. What the media
// type promised and what the bytes say must agree.
func (e encoding) expand(ctx context.Context, windows *semaphore.Weighted, blob io.Reader) (io.ReadCloser, encoding, error) {
	// klauspost's inflate has a fast path for exactly this type.
	br := bufio.NewReaderSize(blob, 64<<10)
	head, err := br.Peek(6)
	if err != nil && err != io.EOF {
		return nil, unknown, err
	}
	found := sniff(head)
	if e != unknown && e != found {
		return nil, found, corruptf("its media type promises %s, but its first bytes say %s", e, found)
	}
	switch found {
	case plain:
		return io.NopCloser(br), found, nil
	case gzipped:
		r, err := gzip.NewReader(br)
		return r, found, err
	case zstded:
		z, err := newUnzstd(ctx, windows, br)
		return z, found, err
	default:
		return nil, found, unsupportedf("it is compressed with %s: only gzip, zstd and uncompressed layers are known here", found)
	}
}
