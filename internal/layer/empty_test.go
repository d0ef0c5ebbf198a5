package layer_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"strings"
	"testing"

	"lxdocker/internal/failure"
	"lxdocker/internal/layer"
	"lxdocker/internal/oci"
	"lxdocker/internal/oci/ocitest"
)

func packBlob(t *testing.T, blob []byte) (*layer.Pack, error) {
	t.Helper()
	want := layer.Blob{Digest: oci.DigestOf(blob), Size: int64(len(blob))}
	return openCache(t, 0).Pack(context.Background(), want, func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(blob)), nil
	})
}

// Some writers end a stream with an empty member, or note something in one (stargz).
func TestSomeEmptyMembersAreNothing(t *testing.T) {
	var empty bytes.Buffer
	_ = gzip.NewWriter(&empty).Close()
	archive := ocitest.Gzip(t, ocitest.Tar(t, "a", []byte("x")))
	skippable := []byte{0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0}
	few := bytes.Repeat(empty.Bytes(), 1000)
	p, err := packBlob(t, append(append(few, archive...), empty.Bytes()...))
	if err != nil || p.Count() != 1 {
		t.Fatal(err)
	}
	_ = p.Close()
	for name, blob := range map[string][]byte{
		"gzip members are empty":           append(bytes.Repeat(empty.Bytes(), 10_001), archive...),
		"zstd frames and blocks are empty": bytes.Repeat(skippable, 10_001),
	} {
		if _, err := packBlob(t, blob); err == nil || failure.KindOf(err) != failure.Corrupt || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLayersShareABudget(t *testing.T) {
	cache := openCache(t, 0)
	pack := func(b *layer.Budget, seed uint64) error {
		blob := ocitest.Gzip(t, ocitest.Tar(t, "a", ocitest.Noise(1000, seed), "b", []byte{}))
		want := layer.Blob{Digest: oci.DigestOf(blob), Size: int64(len(blob)), Budget: b}
		p, err := cache.Pack(context.Background(), want, func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(blob)), nil
		})
		if err == nil {
			_ = p.Close()
		}
		return err
	}
	for name, b := range map[string]*layer.Budget{
		"expand to more than 6000 bytes together, the limit of x":           {Most: layer.Amount{Bytes: 6000}, BytesWhy: "the limit of x"},
		"more than 3 files together, the limit of y":                        {Most: layer.Amount{Entries: 3}, FilesBy: "y"},
		"take more than 400 bytes together; z allows that much for so many": {Most: layer.Amount{Metadata: 400}, FilesBy: "z"},
	} {
		seed := uint64(len(name))
		if err := pack(b, seed); err != nil {
			t.Errorf("%s: the first: %v", name, err)
		}
		if err := pack(b, seed); err != nil {
			t.Errorf("%s: the same, which is there: %v", name, err)
		}
		for range 2 { // a failed one gives back what it took
			if err := pack(b, seed+1); err == nil || failure.KindOf(err) != failure.TooLarge || !strings.Contains(err.Error(), name) {
				t.Errorf("%s: the second: %v", name, err)
			}
		}
	}
}
