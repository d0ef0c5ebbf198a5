package squashfs

import "encoding/binary"

// Fields that are the same in every image.
const (
	magic          = 0x73717368 // "hsqs"
	superblockSize = 96
	blockLog       = 20 // of block.Size
	zstdID         = 6
	invalid        = ^uint64(0) // the position of a table that does not exist

	// alignment of the size of an image: loop devices and NBD have sectors of at least
	// 512 bytes, and the kernel reads pages.
	alignment = 4 << 10
)

// Flags.
const (
	flagNoFragments = 1 << 4
	flagDuplicates  = 1 << 6 // equal contents are stored once
	flagExportable  = 1 << 7
	flagNoXattrs    = 1 << 9
)

// superblock holds the fields that differ between images. The creation time is always 0,
// because an image depends only on its contents.
type superblock struct {
	inodes    uint32
	fragments uint32
	flags     uint16
	ids       uint16
	root      reference
	used      int64 // bytes, without the padding at the end

	idTable, xattrTable, inodeTable, directoryTable, fragmentTable, exportTable uint64
}

func (s *superblock) encode() []byte {
	le := binary.LittleEndian
	b := make([]byte, 0, superblockSize)
	b = le.AppendUint32(b, magic)
	b = le.AppendUint32(b, s.inodes)
	b = le.AppendUint32(b, 0) // time
	b = le.AppendUint32(b, 1<<blockLog)
	b = le.AppendUint32(b, s.fragments)
	b = le.AppendUint16(b, zstdID)
	b = le.AppendUint16(b, blockLog)
	b = le.AppendUint16(b, s.flags)
	b = le.AppendUint16(b, s.ids)
	b = le.AppendUint16(b, 4) // version 4.0
	b = le.AppendUint16(b, 0)
	b = le.AppendUint64(b, uint64(s.root))
	b = le.AppendUint64(b, uint64(s.used))
	for _, start := range []uint64{s.idTable, s.xattrTable, s.inodeTable, s.directoryTable, s.fragmentTable, s.exportTable} {
		b = le.AppendUint64(b, start)
	}
	return b
}
