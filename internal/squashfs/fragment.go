package squashfs

import (
	"encoding/binary"

	"lxdocker/internal/block"
)

// fragment is a block shared by small files.
type fragment struct {
	at   int64 // in the image
	size uint32
}

// noFragment is the fragment of files that have none.
const noFragment = ^uint32(0)

// sizeField is the size of a block in inodes and in the fragment table: a bit says that
// it is not compressed.
func sizeField(b block.Block) uint32 {
	if b.Raw {
		return b.Size | 1<<24
	}
	return b.Size
}

func writeFragments(m *metadata, list []fragment) {
	var b [16]byte // the last four bytes are unused
	for _, f := range list {
		binary.LittleEndian.PutUint64(b[0:], uint64(f.at))
		binary.LittleEndian.PutUint32(b[8:], f.size)
		m.write(b[:])
	}
}
