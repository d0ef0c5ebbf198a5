package layer

import (
	"bufio"
	"encoding/binary"
	"hash"
	"hash/crc32"
	"io"
	"maps"
	"slices"

	"lxdocker/internal/rootfs"
)

// The index of a pack is a file of its own:
//
//	magic    16 bytes: "lxdocker pack", two NULs, the format version
//	records  one after the other, in the order of the layer
//	footer   footerSize bytes, big endian:
//	         records uint64, size of the data file uint64, size of the blob uint64,
//	         digest [32], diffID [32], CRC-32C of all that comes before it uint32
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
//	         file: uvarint size; unless it is 0, uint32 CRC-32C of the content
//
// Contents lie in the data file one after the other without gaps, in the order
// of the records.
const (
	formatVersion = 1
	magic         = "lxdocker pack\x00\x00" + string(rune(formatVersion))
	footerSize    = 8 + 8 + 8 + 32 + 32 + 4

	tagHardlink = 7
	tagXattrs   = 0x80
)

// record is an entry as the index has it: without content, but with what it
// takes to find it.
type record struct {
	rootfs.Entry
	size int64  // of a file
	crc  uint32 // of its content
}

// footer is what is known of the whole pack.
type footer struct {
	records  uint64
	data     int64 // size of the data file
	blobSize int64
	digest   sum
	diffID   sum
}

type indexWriter struct {
	w       *bufio.Writer
	crc     hash.Hash32
	last    string
	records uint64
	buf     []byte
}

func newIndexWriter(w io.Writer) (*indexWriter, error) {
	crc := crc32.New(castagnoli())
	iw := &indexWriter{w: bufio.NewWriterSize(io.MultiWriter(w, crc), 64<<10), crc: crc}
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
	w.records++
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
		b = binary.AppendUvarint(b, uint64(r.size))
		if r.size > 0 {
			b = binary.BigEndian.AppendUint32(b, r.crc)
		}
	}
	return b
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// finish writes the footer; only then the index is one.
func (w *indexWriter) finish(f footer) error {
	b := w.buf[:0]
	b = binary.BigEndian.AppendUint64(b, w.records)
	b = binary.BigEndian.AppendUint64(b, uint64(f.data))
	b = binary.BigEndian.AppendUint64(b, uint64(f.blobSize))
	b = append(b, f.digest[:]...)
	b = append(b, f.diffID[:]...)
	if _, err := w.w.Write(b); err != nil {
		return err
	}
	if err := w.w.Flush(); err != nil {
		return err
	}
	if _, err := w.w.Write(w.crc.Sum(nil)); err != nil {
		return err
	}
	return w.w.Flush()
}
