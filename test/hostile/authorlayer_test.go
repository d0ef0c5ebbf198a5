package hostile

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"testing"

	"github.com/klauspost/compress/gzip"

	"lxdocker/internal/mediatype"
)

// layerWriter writes the archive of a layer and its blob.
type layerWriter struct {
	*tar.Writer
	t    *testing.T
	blob bytes.Buffer
	zip  *gzip.Writer
	raw  io.Writer // what the archive is written to
	hash hash.Hash
}

func newLayer(t *testing.T) *layerWriter {
	l := &layerWriter{t: t, hash: sha256.New()}
	l.zip, _ = gzip.NewWriterLevel(&l.blob, gzip.BestSpeed)
	l.raw = io.MultiWriter(l.hash, l.zip)
	l.Writer = tar.NewWriter(l.raw)
	return l
}

func (l *layerWriter) add(h tar.Header) {
	l.t.Helper()
	if h.Mode == 0 {
		h.Mode = 0o755
	}
	if err := l.WriteHeader(&h); err != nil {
		l.t.Fatal(err)
	}
}

func (l *layerWriter) file(name string, content []byte) {
	l.t.Helper()
	l.add(tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(content))})
	if _, err := l.Write(content); err != nil {
		l.t.Fatal(err)
	}
}

// plain writes many empty files fast: a header of 512 bytes for each, of a name of one length.
func (l *layerWriter) plain(count int, name func(i int) string) { l.many(count, 0, name) }

// many is plain for files of eight bytes, no two of which are the same, if from is not 0.
func (l *layerWriter) many(count, from int, name func(i int) string) {
	l.t.Helper()
	if err := l.Flush(); err != nil {
		l.t.Fatal(err)
	}
	var head bytes.Buffer
	if err := tar.NewWriter(&head).WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name(0), Mode: 0o644, Size: int64(8 * min(from, 1)), Format: tar.FormatUSTAR}); err != nil {
		l.t.Fatal(err)
	}
	h := head.Bytes()
	sum := 0
	for i, b := range h {
		if i < 148 || i >= 156 {
			sum += int(b)
		}
	}
	first, content := name(0), make([]byte, 512)
	for _, b := range []byte(first) {
		sum -= int(b)
	}
	for i := range count {
		n := name(i)
		if len(n) != len(first) {
			l.t.Fatalf("%q has another length than %q", n, first)
		}
		now := sum + 8*' '
		for _, b := range []byte(n) {
			now += int(b)
		}
		copy(h, n)
		copy(h[148:], "        ")
		copy(h[148:], fmt.Sprintf("%06o\x00 ", now))
		if _, err := l.raw.Write(h); err != nil {
			l.t.Fatal(err)
		}
		if from == 0 {
			continue
		}
		copy(content, fmt.Sprintf("%08d", from+i))
		if _, err := l.raw.Write(content); err != nil {
			l.t.Fatal(err)
		}
	}
}

// done ends the layer.
func (l *layerWriter) done() packed {
	l.t.Helper()
	if err := l.Close(); err != nil {
		l.t.Fatal(err)
	}
	if err := l.zip.Close(); err != nil {
		l.t.Fatal(err)
	}
	return packed{mediatype.TarGzip, l.blob.Bytes(), fmt.Sprintf("sha256:%x", l.hash.Sum(nil))}
}

// fakeSum is a diffID that nobody gets as far as comparing.
var fakeSum = fmt.Sprintf("sha256:%064d", 0)
