package squashfs

import (
	"encoding/binary"
	"fmt"
	"math"

	"lxdocker/internal/rootfs"
)

// The types of basic inodes. Extended ones are greater by extended.
const (
	typeDir = iota + 1
	typeFile
	typeSymlink
	typeBlockDevice
	typeCharDevice
	typeFIFO

	extended = 7
)

func typeOf(k rootfs.Kind) uint16 {
	switch k {
	case rootfs.Dir:
		return typeDir
	case rootfs.File:
		return typeFile
	case rootfs.Symlink:
		return typeSymlink
	case rootfs.BlockDevice:
		return typeBlockDevice
	case rootfs.CharDevice:
		return typeCharDevice
	}
	return typeFIFO
}

// header is the common part of all inodes, and what decides on their form.
type header struct {
	inode    *rootfs.Inode
	number   uint32
	uid, gid uint16 // numbers in the table
	links    uint32
	xattrs   uint32
}

// append begins an inode.
func (h header) append(b []byte, kind uint16) []byte {
	le := binary.LittleEndian
	b = le.AppendUint16(b, kind)
	b = le.AppendUint16(b, uint16(h.inode.Mode&0o7777))
	b = le.AppendUint16(b, h.uid)
	b = le.AppendUint16(b, h.gid)
	b = le.AppendUint32(b, uint32(h.inode.ModTime))
	return le.AppendUint32(b, h.number)
}

// appendSpecial encodes everything but directories and regular files.
func (h header) appendSpecial(b []byte) ([]byte, error) {
	le := binary.LittleEndian
	kind := typeOf(h.inode.Kind)
	if h.xattrs != noXattrs {
		kind += extended
	}
	b = le.AppendUint32(h.append(b, kind), h.links)
	switch h.inode.Kind {
	case rootfs.Symlink:
		b = le.AppendUint32(b, uint32(len(h.inode.Target)))
		b = append(b, h.inode.Target...)
	case rootfs.CharDevice, rootfs.BlockDevice:
		number, err := deviceNumber(h.inode.Major, h.inode.Minor)
		if err != nil {
			return nil, err
		}
		b = le.AppendUint32(b, number)
	}
	if h.xattrs != noXattrs {
		b = le.AppendUint32(b, h.xattrs)
	}
	return b, nil
}

// deviceNumber packs the numbers as the kernel's new_encode_dev does: 12 bits
// and 20 bits.
func deviceNumber(major, minor uint32) (uint32, error) {
	if major >= 1<<12 || minor >= 1<<20 {
		return 0, fmt.Errorf("a device of the numbers %d, %d: squashfs allows them up to %d, %d", major, minor, 1<<12-1, 1<<20-1)
	}
	return minor&0xff | major<<8 | minor&^0xff<<12, nil
}

// data says where the content of a file is.
type data struct {
	size     int64
	start    int64    // of its blocks
	sparse   int64    // how many bytes are in blocks of zeros
	blocks   []uint32 // their size fields
	fragment uint32
	offset   uint32 // in the fragment
}

// appendFile encodes a regular file.
func (h header) appendFile(b []byte, d data) []byte {
	le := binary.LittleEndian
	if h.links > 1 || h.xattrs != noXattrs || d.sparse > 0 || d.size > math.MaxUint32 || d.start > math.MaxUint32 {
		b = h.append(b, typeFile+extended)
		b = le.AppendUint64(b, uint64(d.start))
		b = le.AppendUint64(b, uint64(d.size))
		b = le.AppendUint64(b, uint64(d.sparse))
		b = le.AppendUint32(b, h.links)
		b = le.AppendUint32(b, d.fragment)
		b = le.AppendUint32(b, d.offset)
		b = le.AppendUint32(b, h.xattrs)
	} else {
		b = h.append(b, typeFile)
		b = le.AppendUint32(b, uint32(d.start))
		b = le.AppendUint32(b, d.fragment)
		b = le.AppendUint32(b, d.offset)
		b = le.AppendUint32(b, uint32(d.size))
	}
	for _, size := range d.blocks {
		b = le.AppendUint32(b, size)
	}
	return b
}

// appendDir encodes a directory.
func (h header) appendDir(b []byte, l listing, parent uint32) []byte {
	le := binary.LittleEndian
	// The kernel adds "." and "..", and counts three bytes for them.
	size := l.size + 3
	if h.xattrs == noXattrs && size <= math.MaxUint16 && len(l.index) == 0 {
		b = h.append(b, typeDir)
		b = le.AppendUint32(b, l.at.block())
		b = le.AppendUint32(b, h.links)
		b = le.AppendUint16(b, uint16(size))
		b = le.AppendUint16(b, l.at.offset())
		return le.AppendUint32(b, parent)
	}
	b = h.append(b, typeDir+extended)
	b = le.AppendUint32(b, h.links)
	b = le.AppendUint32(b, uint32(size))
	b = le.AppendUint32(b, l.at.block())
	b = le.AppendUint32(b, parent)
	b = le.AppendUint16(b, uint16(l.indexed))
	b = le.AppendUint16(b, l.at.offset())
	b = le.AppendUint32(b, h.xattrs)
	return append(b, l.index...)
}
