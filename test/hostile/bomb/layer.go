package bomb

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"fmt"
	"hash"
	"io"

	"github.com/klauspost/compress/gzip"

	"lxdocker/internal/mediatype"
)

// Layer writes the archive of a layer and its blob.
type Layer struct {
	*tar.Writer
	blob bytes.Buffer
	zip  *gzip.Writer
	raw  io.Writer // what the archive is written to
	hash hash.Hash // of the archive
}

// NewLayer begins a layer.
func NewLayer() *Layer {
	l := &Layer{hash: sha256.New()}
	l.zip = must(gzip.NewWriterLevel(&l.blob, gzip.BestSpeed))
	l.raw = io.MultiWriter(l.hash, l.zip)
	l.Writer = tar.NewWriter(l.raw)
	return l
}

// Add writes a header; of mode 0755, if it has none.
func (l *Layer) Add(h tar.Header) {
	if h.Mode == 0 {
		h.Mode = 0o755
	}
	check(l.WriteHeader(&h))
}

// File writes a file with its content.
func (l *Layer) File(name string, content []byte) {
	l.Add(tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(content))})
	must(l.Write(content))
}

// Plain writes many empty files fast: a header of 512 bytes for each, of a name of one length.
func (l *Layer) Plain(count int, name func(i int) string) { l.Many(count, 0, name) }

// Many is Plain for files of eight bytes, no two of which are the same, if from is not 0.
func (l *Layer) Many(count, from int, name func(i int) string) {
	check(l.Flush())
	var head bytes.Buffer
	check(tar.NewWriter(&head).WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name(0), Mode: 0o644, Size: int64(8 * min(from, 1)), Format: tar.FormatUSTAR}))
	h := head.Bytes()
	first, content := name(0), make([]byte, 512)
	for i := range count {
		n := name(i)
		if len(n) != len(first) {
			panic(fmt.Sprintf("%q has another length than %q", n, first))
		}
		copy(h, n)
		addSum(h)
		must(l.raw.Write(h))
		if from == 0 {
			continue
		}
		copy(content, fmt.Sprintf("%08d", from+i))
		must(l.raw.Write(content))
	}
}

// Sparse writes a header of an empty file that says it has any size: GNU's old form.
func (l *Layer) Sparse(name string, size int64) {
	check(l.Flush())
	h := make([]byte, 512)
	copy(h, name)
	copy(h[100:], "0000644\x00")
	copy(h[108:], "0000000\x00")
	copy(h[116:], "0000000\x00")
	copy(h[124:], "00000000000\x00") // nothing is in the archive
	copy(h[136:], "00000000000\x00")
	h[156] = 'S'
	copy(h[257:], "ustar  \x00")
	copy(h[386:], fmt.Sprintf("%011o\x00%011o\x00", size, 0))
	h[483] = 0x80
	binary.BigEndian.PutUint64(h[487:], uint64(size))
	addSum(h)
	must(l.raw.Write(h))
}

// addSum puts the sum of a header where it belongs.
func addSum(h []byte) {
	copy(h[148:], "        ")
	sum := 0
	for _, b := range h {
		sum += int(b)
	}
	copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
}

// Done ends the layer.
func (l *Layer) Done() Packed {
	check(l.Flush())
	check(l.zip.Close())
	return Packed{MediaType: mediatype.TarGzip, head: l.blob.Bytes(), archive: state(l.hash), whole: true}.Fresh("")
}

func state(h hash.Hash) []byte { return must(h.(encoding.BinaryMarshaler).MarshalBinary()) }

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func must[T any](v T, err error) T {
	check(err)
	return v
}
