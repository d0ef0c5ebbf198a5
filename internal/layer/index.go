package layer

import (
	"bufio"
	"encoding/binary"
	"hash"
	"hash/crc32"
	"io"
	"maps"
	"slices"

	"lxdocker/internal/block"
	"lxdocker/internal/rootfs"
)

// The index of a pack is a file of its own:
//
//	magic     16 bytes: "lxdocker pack", two NULs, the format version
//	records   one after the other, in the order of the layer
//	blocks    those that belong to one content alone, in the order of the file of blocks
//	fragments those that contents share, in the same order
//	footer    footerSize bytes, big endian:
//	          number of records uint64, of their bytes uint64,
//	          number of blocks uint64, of fragments uint64,
//	          size of the file of blocks uint64, size of the blob uint64,
//	          digest [32], diffID [32], CRC-32C of all that comes before it uint32
//
// A record is, with uvarints and varints as in encoding/binary, and strings as a
// uvarint length and bytes:
//
//	tag      byte: rootfs.Kind, or 7 for a hardlink; 0x80 is added if there are xattrs
//	name     uvarint: how many bytes it shares with the record before; string: the rest
//	hardlink string target, and nothing more
//	others   uvarint mode, uid, gid; varint modification time in seconds
//	         [xattrs: uvarint count; string name, string value, sorted by name]
//	         symlink: string target; devices: uvarint major, minor;
//	         file: uvarint size; unless it is 0, block.Sum [16] of the content, and
//	         where it lies: uvarint number of its first block, or, if it is
//	         smaller than block.Size, of its fragment, and uvarint offset in that
//
// A block or fragment is:
//
//	gap      uvarint: bytes between the end of the one before in its list and it
//	size     uvarint: stored bytes, times two; one is added if they are not compressed
//	CRC-32C  uint32 of the stored bytes; not there if their number is 0
const (
	formatVersion = 2
	magic         = "lxdocker pack\x00\x00" + string(rune(formatVersion))
	footerSize    = 6*8 + 32 + 32 + 4

	tagHardlink = 7
	tagXattrs   = 0x80
)

// indexBuffer is how many bytes of an index are read or written at once at most. Most have
// fewer.
const indexBuffer = 16 << 10

// castagnoli is the CRC that processors compute themselves.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// record is an entry in the index: instead of its content, it has the place of that.
type record struct {
	rootfs.Entry
	file block.File
}

// footer describes the whole pack.
type footer struct {
	records     uint64
	recordBytes int64
	blocks      uint64
	fragments   uint64
	stored      int64 // size of the file of blocks
	blobSize    int64
	digest      sum
	diffID      sum
}

type indexWriter struct {
	w      *bufio.Writer
	crc    hash.Hash32
	last   string
	footer footer // as far as it is known
	buf    []byte
}

func newIndexWriter(w io.Writer) (*indexWriter, error) {
	crc := crc32.New(castagnoli())
	iw := &indexWriter{w: bufio.NewWriterSize(io.MultiWriter(w, crc), indexBuffer), crc: crc}
	_, err := iw.w.WriteString(magic)
	return iw, err
}

// add writes one record.
func (w *indexWriter) add(r record) error {
	shared := 0
	for shared < min(len(w.last), len(r.Name)) && w.last[shared] == r.Name[shared] {
		shared++
	}
	w.last = r.Name
	tag := byte(r.Inode.Kind)
	if r.Hardlink != "" {
		tag = tagHardlink
	} else if len(r.Inode.Xattrs) > 0 {
		tag |= tagXattrs
	}
	b := append(w.buf[:0], tag)
	b = binary.AppendUvarint(b, uint64(shared))
	b = appendString(b, r.Name[shared:])
	if r.Hardlink != "" {
		b = appendString(b, r.Hardlink)
	} else {
		b = appendInode(b, r)
	}
	w.buf = b
	w.footer.records++
	w.footer.recordBytes += int64(len(b))
	_, err := w.w.Write(b)
	return err
}

func appendInode(b []byte, r record) []byte {
	ino := &r.Inode
	b = binary.AppendUvarint(b, uint64(ino.Mode))
	b = binary.AppendUvarint(b, uint64(ino.UID))
	b = binary.AppendUvarint(b, uint64(ino.GID))
	b = binary.AppendVarint(b, ino.ModTime)
	if len(ino.Xattrs) > 0 {
		b = binary.AppendUvarint(b, uint64(len(ino.Xattrs)))
		for _, name := range slices.Sorted(maps.Keys(ino.Xattrs)) {
			b = appendString(b, name)
			b = appendString(b, ino.Xattrs[name])
		}
	}
	switch ino.Kind {
	case rootfs.Symlink:
		b = appendString(b, ino.Target)
	case rootfs.CharDevice, rootfs.BlockDevice:
		b = binary.AppendUvarint(b, uint64(ino.Major))
		b = binary.AppendUvarint(b, uint64(ino.Minor))
	case rootfs.File:
		b = appendFile(b, r.file)
	}
	return b
}

func appendFile(b []byte, f block.File) []byte {
	b = binary.AppendUvarint(b, uint64(f.Size))
	if f.Size == 0 {
		return b
	}
	b = append(b, f.Sum[:]...)
	b = binary.AppendUvarint(b, uint64(f.Block))
	if f.Shared() {
		b = binary.AppendUvarint(b, uint64(f.Offset))
	}
	return b
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}
