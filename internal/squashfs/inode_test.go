package squashfs

import (
	"encoding/binary"
	"math"
	"testing"

	"lxdocker/internal/rootfs"
)

// Inodes have a short form and a long one, with room for more. Readers take
// both, so none tells which it was.
func TestInodesAreExtendedOnlyWhereTheyMust(t *testing.T) {
	inode := func(k rootfs.Kind) header {
		return header{inode: &rootfs.Inode{Kind: k, Target: "t"}, links: 1, xattrs: noXattrs}
	}
	file := func(links, xattrs uint32, d data) []byte {
		h := inode(rootfs.File)
		h.links, h.xattrs = links, xattrs
		return h.appendFile(nil, d)
	}
	dir := func(xattrs uint32, l listing) []byte {
		h := inode(rootfs.Dir)
		h.xattrs = xattrs
		return h.appendDir(nil, l, 1)
	}
	special := func(k rootfs.Kind, links, xattrs uint32) []byte {
		h := inode(k)
		h.links, h.xattrs = links, xattrs
		b, err := h.appendSpecial(nil)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	const long, extended = true, 7
	for _, c := range []struct {
		what  string
		inode []byte
		kind  uint16
		long  bool
		size  int
	}{
		{"a file", file(1, noXattrs, data{}), 2, false, 32},
		{"a file of blocks", file(1, noXattrs, data{size: math.MaxUint32, start: math.MaxUint32, blocks: make([]uint32, 4096)}), 2, false, 32 + 4*4096},
		{"a file with two names", file(2, noXattrs, data{}), 2, long, 56},
		{"a file with attributes", file(1, 0, data{}), 2, long, 56},
		{"a file with holes", file(1, noXattrs, data{sparse: 1, blocks: []uint32{0}}), 2, long, 60},
		{"a file of 4 GiB", file(1, noXattrs, data{size: 1 << 32}), 2, long, 56},
		{"a file at 4 GiB of the image", file(1, noXattrs, data{start: 1 << 32}), 2, long, 56},
		{"a directory", dir(noXattrs, listing{size: math.MaxUint16 - 3}), 1, false, 32},
		{"a directory with many names", dir(noXattrs, listing{size: math.MaxUint16 - 2}), 1, long, 40},
		{"a directory with an index", dir(noXattrs, listing{index: make([]byte, 13), indexed: 1}), 1, long, 53},
		{"a directory with attributes", dir(0, listing{}), 1, long, 40},
		{"a link", special(rootfs.Symlink, 2, noXattrs), 3, false, 25},
		{"a link with attributes", special(rootfs.Symlink, 1, 0), 3, long, 29},
		{"a block device", special(rootfs.BlockDevice, 2, noXattrs), 4, false, 24},
		{"a block device with attributes", special(rootfs.BlockDevice, 1, 0), 4, long, 28},
		{"a character device", special(rootfs.CharDevice, 1, noXattrs), 5, false, 24},
		{"a FIFO", special(rootfs.FIFO, 1, noXattrs), 6, false, 20},
		{"a FIFO with attributes", special(rootfs.FIFO, 1, 0), 6, long, 24},
	} {
		want := c.kind
		if c.long {
			want += extended
		}
		if got := binary.LittleEndian.Uint16(c.inode); got != want || len(c.inode) != c.size {
			t.Errorf("%s (kind %d): type %d in %d bytes, not type %d in %d", c.what, c.kind, got, len(c.inode), want, c.size)
		}
	}
}
