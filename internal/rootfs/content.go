package rootfs

import (
	"bytes"
	"io"
	"math"
	"slices"
)

// Size is the number of bytes.
func (b Bytes) Size() int64 { return int64(len(b)) }

// Open reads from the first byte.
func (b Bytes) Open() io.Reader { return bytes.NewReader(b) }

// loose are contents that are in no other lot. They are the first lot of a tree.
type loose struct{ pool[Content] }

// Content implements Lot.
func (l *loose) Content(number uint32) Content { return *l.at(number) }

// keep keeps a content, and says in which lot of the tree it is, and where in that.
func (f *forest) keep(c Content) (lot uint16, number uint32) {
	f.held++
	if in, ok := c.(interface{ Lot() (Lot, uint32) }); ok {
		of, number := in.Lot()
		// Mostly that of the last one.
		for i, l := range slices.Backward(f.lots) {
			if l == of {
				return uint16(i), number
			}
		}
		if len(f.lots) <= math.MaxUint16 {
			f.lots = append(f.lots, of)
			return uint16(len(f.lots) - 1), number
		}
	}
	return 0, f.loose.put(c)
}

// forget is told of a content that is needed no more.
func (f *forest) forget(lot uint16, number uint32) {
	f.held--
	if lot == 0 {
		*f.loose.at(number) = nil
		f.loose.release(number)
	}
}

// Lot says where the content is that the inode with a number holds, if it is a file that is
// not empty; otherwise lot is nil.
func (f *forest) Lot(inode uint32) (lot Lot, number uint32) {
	if p := f.inodes.at(inode); p.kind() == File && p.payload != 0 {
		return f.lots[p.lot], p.payload - 1
	}
	return nil, 0
}
