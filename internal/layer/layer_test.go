package layer_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"sync"
	"testing"

	"lxdocker/internal/block"
	"lxdocker/internal/layer"
)

// compressor serves all tests, as one serves all of a program.
var codec = sync.OnceValue(func() *block.Codec { return block.NewCodec(block.Fast) })

// folder is what the pack of a blob is called that the compressor made.
func folder(digest string) string { return digest[len("sha256:"):] + ".fast" }

func digestOf(data []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(data)) }

// describe is what a manifest and a config say of a blob; the media type is
// left out.
func describe(blob, archive []byte) layer.Blob {
	return layer.Blob{Digest: digestOf(blob), DiffID: digestOf(archive), Size: int64(len(blob))}
}

func serve(blob []byte) func(context.Context) (io.ReadCloser, error) {
	return func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(blob)), nil }
}

func openCache(tb testing.TB, maxUnpacked int64) *layer.Cache {
	tb.Helper()
	cache, err := layer.Open(tb.TempDir(), maxUnpacked, codec())
	if err != nil {
		tb.Fatal(err)
	}
	return cache
}

// mustPack packs an uncompressed archive in a cache of its own.
func mustPack(tb testing.TB, archive []byte) *layer.Pack {
	tb.Helper()
	p, err := openCache(tb, 0).Pack(context.Background(), describe(archive, archive), serve(archive))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { p.Close() })
	return p
}
