package squashfs

import (
	"encoding/binary"
	"errors"
	"math"

	"lxdocker/internal/block"
)

// metadataSize is how many bytes a block of a table holds.
const metadataSize = 8 << 10

// uncompressed is a bit in the header of a metadata block.
const uncompressed = 1 << 15

// reference is a position in a table: the offset of its block among the stored bytes of
// the table, and in the low 16 bits the offset in the content of the block.
type reference uint64

func (r reference) block() uint32  { return uint32(r >> 16) }
func (r reference) offset() uint16 { return uint16(r) }

// metadata is a table, of inodes, directories or anything else: a stream that is cut into
// blocks, each compressed separately, with a header of two bytes.
type metadata struct {
	compressor *block.Codec
	stored     []byte   // finished blocks with their headers
	starts     []uint32 // where each block begins in stored
	open       []byte   // the content of the one that is being filled
}

func newMetadata(c *block.Codec) *metadata {
	return &metadata{compressor: c, open: make([]byte, 0, metadataSize)}
}

// here is the position of the next byte.
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

// check fails when references can no longer address the table.
func (m *metadata) check() error {
	if int64(len(m.stored)) > math.MaxUint32-metadataSize {
		return errors.New("a table of more than 4 GiB: squashfs allows no larger one")
	}
	return nil
}

// lookup returns the table for an image that has pos bytes so far, followed by the list of
// its blocks, by which readers find an entry. start is the position of that list.
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
