package document

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// Document is a text, ready to be sent. It never changes.
type Document struct {
	parts  []*part
	ends   []int64 // where the parts end in the text
	size   int64   // of the text
	zipped []int64 // where the head, the parts and the tail end in the gzip form
	tail   []byte  // of the gzip form
	tag    string  // of the text, without quotes
}

// gzipHead begins the gzip form (RFC 1952): deflate, no name, no time, any system.
const gzipHead = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"

// lastBlock ends a deflate stream: an empty block that is marked as the last one.
const lastBlock = "\x03\x00"

func newDocument(parts []*part) *Document {
	sum := sha256.New()
	var crc uint32
	size, zipped := int64(0), int64(len(gzipHead))
	d := &Document{parts: parts, zipped: []int64{zipped}}
	for _, p := range parts {
		crc = combine(crc, p.crc, p.size)
		size, zipped = size+p.size, zipped+int64(len(p.deflated))
		d.ends, d.zipped = append(d.ends, size), append(d.zipped, zipped)
		sum.Write(p.sum[:])
	}
	d.size = size
	d.tail = binary.LittleEndian.AppendUint32([]byte(lastBlock), crc)
	d.tail = binary.LittleEndian.AppendUint32(d.tail, uint32(size))
	d.zipped = append(d.zipped, zipped+int64(len(d.tail)))
	d.tag = fmt.Sprintf("%x", sum.Sum(nil))
	return d
}

// New makes a document of a text.
func New(text []byte) *Document { return newDocument([]*part{newPart(text)}) }

// Join makes one document of several, the one after the other.
func Join(documents ...*Document) *Document {
	var parts []*part
	for _, d := range documents {
		parts = append(parts, d.parts...)
	}
	return newDocument(parts)
}

// Tag is a hash of the text: texts with one tag are the same.
func (d *Document) Tag() string { return d.tag }

// Size is the length of the text.
func (d *Document) Size() int64 {
	return d.size
}
