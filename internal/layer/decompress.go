package layer

import (
	"bufio"
	"context"
	"io"

	"lxdocker/internal/mediatype"
)

// decompress returns the archive in a blob and how it was compressed. The bytes say that;
// the media type is wrong now and then (T13).
func decompress(ctx context.Context, windows Windows, blob io.Reader) (io.ReadCloser, mediatype.Compression, error) {
	// klauspost's inflate has a fast path for exactly this type.
	br := bufio.NewReaderSize(blob, 64<<10)
	head, err := br.Peek(mediatype.SniffLen)
	if err != nil && err != io.EOF {
		return nil, mediatype.Unknown, err
	}
	found := mediatype.Sniff(head)
	switch found {
	case mediatype.Uncompressed:
		return io.NopCloser(br), found, nil
	case mediatype.Gzip:
		r, err := newGzipReader(br)
		return r, found, err
	case mediatype.Zstd:
		z, err := newZstdReader(ctx, windows, br)
		return z, found, err
	default:
		return nil, found, unsupportedf("it is compressed with %s: only gzip, zstd and uncompressed layers are known here", found)
	}
}
