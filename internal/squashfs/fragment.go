package squashfs

import (
	"encoding/binary"

	"lxdocker/internal/block"
)

// fragment is a block that small files share.
type fragment struct {
	at   int64 // in the image
	size uint32
}

// noFragment is what inodes say whose file has none.
const noFragment = ^uint32(0)

// sizeField is how a block's size is written down, in inodes and here: a bit
// says that it is stored as it is.
func sizeField(b block.Block) uint32 {
	if b.Raw {
		return b.Size | 1<<24
	}
	return b.Size
}

func writeFragments(m *metadata, list []fragment) {
	var b [16]byte // the last four bytes mean nothing
	for _, f := range list {
		binary.LittleEndian.PutUint64(b[0:], uint64(f.at))
		binary.LittleEndian.PutUint32(b[8:], f.size)
		m.write(b[:])
	}
}
