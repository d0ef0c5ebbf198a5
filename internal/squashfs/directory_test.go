package squashfs

import (
	"encoding/binary"
	"fmt"
	"testing"

	"lxdocker/internal/block"
	"lxdocker/internal/rootfs"
)

// listed stores a directory of n names, and returns it with its inode.
func listed(t *testing.T, n int) (listing, []byte, *metadata) {
	t.Helper()
	m := newMetadata(block.NewCodec(block.Fast))
	d := &directory{header: header{inode: &rootfs.Inode{Kind: rootfs.Dir}, number: 1, links: 2, xattrs: noXattrs}}
	for i := range n {
		d.add(fmt.Appendf(nil, "name-%06d", i), newDirEntry(0, uint32(i+2), typeFIFO))
	}
	l, err := d.writeTo(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	return l, d.header.appendDir(nil, l, 2), m
}

// Everybody finds names without an index, only slower. So no reader tells
// whether it is there.
func TestLargeDirectoriesHaveAnIndex(t *testing.T) {
	l, inode, m := listed(t, 100_000)
	if got := binary.LittleEndian.Uint16(inode); got != typeDir+extended {
		t.Errorf("the inode has type %d", got)
	}
	// Each block of the listing but the first is named.
	m.flush()
	if l.indexed != len(m.starts)-1 || l.indexed < 100 {
		t.Fatalf("%d places of %d blocks", l.indexed, len(m.starts))
	}
	if got := int(binary.LittleEndian.Uint16(inode[32:])); got != l.indexed {
		t.Errorf("the inode says that there are %d", got)
	}
	le, rest, before := binary.LittleEndian, inode[40:], uint32(0)
	for i := range l.indexed {
		at, start, size := le.Uint32(rest), le.Uint32(rest[4:]), le.Uint32(rest[8:])+1
		name := string(rest[12:][:size])
		rest = rest[12+size:]
		if at <= before || start != m.starts[i+1] || len(name) != 11 {
			t.Fatalf("place %d: %q at %d, in the block at %d", i, name, at, start)
		}
		before = at
	}
	if len(rest) > 0 {
		t.Errorf("%d bytes follow the index", len(rest))
	}
}

func TestSmallDirectoriesHaveABasicInode(t *testing.T) {
	l, inode, _ := listed(t, 10)
	if got := binary.LittleEndian.Uint16(inode); got != typeDir || l.indexed != 0 || len(inode) != 32 {
		t.Errorf("type %d, %d bytes, %d places in the index", got, len(inode), l.indexed)
	}
}
