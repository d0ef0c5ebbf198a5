package bomb

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"fmt"

	"github.com/klauspost/compress/gzip"
)

// Packed is a layer as a registry has it.
type Packed struct {
	MediaType string
	DiffID    string

	head, tail []byte
	archive    []byte // state of the hash of the archive that is in head, if whole
	whole      bool   // head is an archive without its end
}

// Raw is a layer of bytes that are no archive, so that nobody gets as far as comparing its
// diffID.
func Raw(mediaType string, blob []byte) Packed {
	return Packed{MediaType: mediaType, head: blob, DiffID: fmt.Sprintf("sha256:%064d", 0)}
}

// Before is the layer with bytes before it.
func (p Packed) Before(blob []byte) Packed {
	return Packed{MediaType: p.MediaType, DiffID: p.DiffID, head: bytes.Join([][]byte{blob, p.head, p.tail}, nil)}
}

// Blob is what the registry sends.
func (p Packed) Blob() Blob { return Blob{p.head, p.tail} }

// Fresh is the same layer with one more empty file, so that it has another digest. The
// common part of such layers is in memory once. Without a name nothing is added.
func (p Packed) Fresh(name string) Packed {
	if !p.whole {
		if name != "" { // a skippable frame of zstd, and rubbish to everybody else
			p.tail = binary.LittleEndian.AppendUint32([]byte{0x50, 0x2a, 0x4d, 0x18}, uint32(len(name)))
			p.tail = append(p.tail, name...)
		}
		return p
	}
	var rest bytes.Buffer
	w := tar.NewWriter(&rest)
	if name != "" {
		check(w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644}))
	}
	check(w.Close())
	var tail bytes.Buffer
	z := must(gzip.NewWriterLevel(&tail, gzip.BestSpeed))
	must(z.Write(rest.Bytes()))
	check(z.Close())
	sum := sha256.New()
	check(sum.(encoding.BinaryUnmarshaler).UnmarshalBinary(p.archive))
	sum.Write(rest.Bytes())
	p.tail, p.DiffID = tail.Bytes(), fmt.Sprintf("sha256:%x", sum.Sum(nil))
	return p
}

// Blob is what a registry has under a digest, in two parts.
type Blob [2][]byte

// Len is its size in bytes.
func (b Blob) Len() int { return len(b[0]) + len(b[1]) }

// Digest is the name of a blob.
func (b Blob) Digest() string {
	sum := sha256.New()
	sum.Write(b[0])
	sum.Write(b[1])
	return fmt.Sprintf("sha256:%x", sum.Sum(nil))
}
