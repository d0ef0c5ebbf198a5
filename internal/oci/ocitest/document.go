package ocitest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"lxdocker/internal/mediatype"
	"lxdocker/internal/oci"
)

// Entry is a descriptor in an index, with a platform unless p is zero.
func Entry(d oci.Descriptor, p oci.Platform, more map[string]any) map[string]any {
	e := map[string]any{"mediaType": d.MediaType, "digest": d.Digest, "size": d.Size}
	if p != (oci.Platform{}) {
		platform := map[string]any{"architecture": p.Architecture, "os": "linux"}
		if p.Variant != "" {
			platform["variant"] = p.Variant
		}
		e["platform"] = platform
	}
	return Merge(e, more)
}

// Index is an OCI index with those entries.
func Index(t testing.TB, entries ...map[string]any) []byte {
	t.Helper()
	if entries == nil {
		entries = []map[string]any{}
	}
	return JSON(t, map[string]any{"schemaVersion": 2, "mediaType": mediatype.OCIIndex, "manifests": entries})
}

// Merge returns base with the values of over; nil removes a key.
func Merge(base, over map[string]any) map[string]any {
	for k, v := range over {
		if base[k] = v; v == nil {
			delete(base, k)
		}
	}
	return base
}

// JSON encodes a value.
func JSON(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Tar makes an archive of names (string) and contents ([]byte), by turns.
func Tar(t testing.TB, namesAndContents ...any) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for i := 0; i < len(namesAndContents); i += 2 {
		content := namesAndContents[i+1].([]byte)
		h := &tar.Header{Name: namesAndContents[i].(string), Mode: 0o644, Size: int64(len(content)), Typeflag: tar.TypeReg}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// Gzip compresses.
func Gzip(t testing.TB, b []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	w, err := gzip.NewWriterLevel(&buf, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// Noise is n bytes that do not compress, always the same for one seed.
func Noise(n int, seed uint64) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)}).Read(b)
	return b
}

// Parse parses a reference.
func Parse(t testing.TB, s string) oci.Reference {
	t.Helper()
	r, err := oci.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// MustSay fails unless err's text holds all of parts.
func MustSay(t testing.TB, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("error does not say %q:\n  %v", p, err)
		}
	}
}
