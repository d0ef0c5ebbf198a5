package squashfs

import (
	"encoding/binary"
	"errors"
	"math"

	"lxdocker/internal/block"
)

// metadataSize is how much one block of a table holds.
const metadataSize = 8 << 10

// uncompressed is the bit in a metadata block's header that says so.
const uncompressed = 1 << 15

// reference is a place in a table: where its block begins, counted in the bytes
// of the table as it is stored, and 16 bits for the place in the block's content.
type reference uint64

func (r reference) block() uint32  { return uint32(r >> 16) }
func (r reference) offset() uint16 { return uint16(r) }

// metadata is a table of inodes, directories or whatever: a stream that is cut
// into blocks, each of which has a header of two bytes and is compressed by itself.
type metadata struct {
	compressor *block.Codec
	stored     []byte   // finished blocks with their headers
	starts     []uint32 // where in stored each begins
	open       []byte   // the content of the one that is being filled
}

func newMetadata(c *block.Codec) *metadata {
	return &metadata{compressor: c, open: make([]byte, 0, metadataSize)}
}

// here is where the next byte will be.
func (m *metadata) here() reference {
	return reference(len(m.stored))<<16 | reference(len(m.open))
}

func (m *metadata) write(p []byte) {
	for len(p) > 0 {
		n := min(len(p), metadataSize-len(m.open))
		m.open = append(m.open, p[:n]...)
		p = p[n:]
		if len(m.open) == metadataSize {
			m.flush()
		}
	}
}

// flush stores the open block. All but the last must be full.
func (m *metadata) flush() {
	if len(m.open) == 0 {
		return
	}
	start := len(m.stored)
	m.starts = append(m.starts, uint32(start))
	var raw bool
	m.stored, raw = m.compressor.Compress(append(m.stored, 0, 0), m.open)
	header := len(m.stored) - start - 2
	if raw {
		header |= uncompressed
	}
	binary.LittleEndian.PutUint16(m.stored[start:], uint16(header))
	m.open = m.open[:0]
}

// check says whether references into the table still mean what they say.
func (m *metadata) check() error {
	if len(m.stored) > math.MaxUint32-metadataSize {
		return errors.New("a table of more than 4 GiB: squashfs allows no larger one")
	}
	return nil
}

// lookup appends the table to an image that is pos bytes long so far, and the
// list of its blocks, by which readers find what they look for. start is where
// that list is.
func (m *metadata) lookup(pos int64) (table []byte, start uint64) {
	m.flush()
	start = uint64(pos) + uint64(len(m.stored))
	return m.appendIndex(m.stored, pos), start
}

func (m *metadata) appendIndex(b []byte, pos int64) []byte {
	for _, at := range m.starts {
		b = binary.LittleEndian.AppendUint64(b, uint64(pos)+uint64(at))
	}
	return b
}
