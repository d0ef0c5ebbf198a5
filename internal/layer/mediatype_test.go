package layer_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"lxdocker/internal/failure"
	"lxdocker/internal/layer"
)

func TestT13MediaTypesOfLayers(t *testing.T) {
	archive := archiveOf(t, file("a", "a"))
	const oci, docker = "application/vnd.oci.image.layer.", "application/vnd.docker.image.rootfs."
	for _, c := range []struct {
		mediaType, encoding string
		text                string // of the error; empty: none
	}{
		{"", "tar", ""},
		{"", "gzip", ""},
		{"", "zstd", ""},
		{oci + "v1.tar", "tar", ""},
		{oci + "v1.tar+gzip", "gzip", ""},
		{oci + "v1.tar+zstd", "zstd", ""},
		{docker + "diff.tar", "tar", ""},
		{docker + "diff.tar.gzip", "gzip", ""},
		{docker + "diff.tar.zstd", "zstd", ""},
		{"Application/VND.oci.image.layer.v1.tar+GZIP; a=b", "gzip", ""},
		{oci + "v1.tar+gzip", "tar", ""},
		{oci + "v1.tar+gzip", "zstd", ""},
		{oci + "v1.tar+zstd", "tar", ""},
		{oci + "v1.tar+zstd", "gzip", ""},
		{oci + "v1.tar", "gzip", ""},
		{oci + "v1.tar", "zstd", ""},
		{docker + "diff.tar", "gzip", ""},
		{docker + "diff.tar.gzip", "zstd", ""},
		{docker + "diff.tar.gzip", "tar", ""},
		{oci + "v1.tar+xz", "tar", ""},
		{docker + "diff.tar+gzip", "gzip", ""}, // in no specification
		{oci + "nondistributable.v1.tar+gzip", "gzip", ""},
		{docker + "foreign.diff.tar.gzip", "gzip", ""},
		{oci + "v1.tar+gzip+encrypted", "gzip", "encrypted (media type application/vnd.oci.image.layer.v1.tar+gzip+encrypted)"},
		{"application/vnd.in-toto+json", "tar", "holds no file system (media type application/vnd.in-toto+json, an attestation)"},
	} {
		blob := compressed(t, c.encoding, archive)
		b := describe(blob, archive)
		b.MediaType = c.mediaType
		_, err := pack(t, t.TempDir(), 0, b, blob)
		if (err == nil) != (c.text == "") || err != nil && !(strings.Contains(err.Error(), c.text) && strings.Contains(err.Error(), b.Digest)) {
			t.Errorf("%s of %s: got %v, want %q", c.mediaType, c.encoding, err, c.text)
		}
	}
}

func TestT13UselessMediaTypeIsNotEvenOpened(t *testing.T) {
	cache := openCache(t, 0)
	opened := false
	b := layer.Blob{Digest: digestOf(nil), MediaType: "application/vnd.in-toto+json"}
	_, err := cache.Pack(context.Background(), b, func(context.Context) (io.ReadCloser, error) {
		opened = true
		return nil, errors.New("opened")
	})
	if err == nil || opened {
		t.Errorf("opened %v, %v", opened, err)
	}
}

func TestT13ForeignCompressionWithoutAMediaType(t *testing.T) {
	for name, magic := range map[string]string{"bzip2": "BZh91AY&SY", "xz": "\xfd7zXZ\x00\x00\x04"} {
		blob := []byte(magic + "...")
		_, err := pack(t, t.TempDir(), 0, describe(blob, nil), blob)
		if err == nil || !strings.Contains(err.Error(), "compressed with "+name) || failure.KindOf(err) == failure.Corrupt {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestT13UnknownCompressionIsExplainedByTheMediaType(t *testing.T) {
	blob := []byte(strings.Repeat("\x04\x22\x4d\x18lz4", 200))
	b := describe(blob, blob)
	b.MediaType = "application/vnd.oci.image.layer.v1.tar+lz4"
	_, err := pack(t, t.TempDir(), 0, b, blob)
	if err == nil || !strings.Contains(err.Error(), "its media type is application/vnd.oci.image.layer.v1.tar+lz4, and only gzip, zstd and uncompressed layers are known here") {
		t.Errorf("got %v", err)
	}
}

func TestDigestsThatAreNone(t *testing.T) {
	good := digestOf(nil)
	for _, digest := range []string{"", "sha256:", good[7:], "sha512:" + good[7:], strings.ToUpper(good), "sha256:" + strings.Repeat("g", 64), "sha256:../../../" + good[7+9:], good + "0"} {
		for _, b := range []layer.Blob{{Digest: digest, DiffID: good}, {Digest: good, DiffID: digest}} {
			if b.DiffID == "" {
				continue // not known
			}
			if _, err := pack(t, t.TempDir(), 0, b, nil); err == nil || !strings.Contains(err.Error(), "no sha256 digest") {
				t.Errorf("%q: %v", digest, err)
			}
		}
	}
}
