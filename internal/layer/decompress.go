package layer

import (
	"context"
	"io"

	"lxdocker/internal/mediatype"
)

// decompress returns the archive in a blob and how it was compressed. The bytes say that;
// the media type is wrong now and then (T13).
func decompress(ctx context.Context, windows Windows, blob io.Reader, spare *spare) (io.ReadCloser, mediatype.Compression, error) {
	br := spare.reader(blob)
	head, err := br.Peek(mediatype.SniffLen)
	if err != nil && err != io.EOF {
		return nil, mediatype.Unknown, err
	}
	found := mediatype.Sniff(head)
	switch found {
	case mediatype.Uncompressed:
		return &plainReader{br, spare}, found, nil
	case mediatype.Gzip:
		r, err := newGzipReader(br, spare)
		return r, found, err
	case mediatype.Zstd:
		// The decoder has goroutines of its own, so br is left to it.
		z, err := newZstdReader(ctx, windows, br)
		return z, found, err
	default:
		return nil, found, unsupportedf("it is compressed with %s: only gzip, zstd and uncompressed layers are known here", found)
	}
}
