package squashfs

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
)

// directory collects the entries of one directory.
type directory struct {
	header  header
	name    []byte // its own
	parent  uint32 // inode number
	entries []dirEntry
	names   []byte // of the entries, one after the other
	buf     []byte
}

// dirEntry is an entry. There may be millions in one directory.
type dirEntry struct {
	inode   reference // and the kind, in its highest 16 bits
	number  uint32
	nameEnd uint32
}

func newDirEntry(at reference, number uint32, kind uint16) dirEntry {
	return dirEntry{inode: at | reference(kind)<<48, number: number}
}

func (e dirEntry) kind() uint16 { return uint16(e.inode >> 48) }

func (d *directory) add(name []byte, e dirEntry) {
	d.names = append(d.names, name...)
	e.nameEnd = uint32(len(d.names))
	d.entries = append(d.entries, e)
	if e.kind() == typeDir {
		d.header.links++
	}
}

func (d *directory) entryName(i int) []byte {
	begin := uint32(0)
	if i > 0 {
		begin = d.entries[i-1].nameEnd
	}
	return d.names[begin:d.entries[i].nameEnd]
}

// listing says where the entries of a directory were stored.
type listing struct {
	at      reference
	size    int64
	index   []byte
	indexed int // how many blocks the index names
}

// maxRun is how many entries may share one header.
const maxRun = 256

// writeTo stores the entries. Entries whose inodes are in one metadata block share a
// header. Each metadata block of the listing begins with a header, too, and the
// index lists these blocks: to look up a name in a large directory, the kernel then
// reads two or three blocks instead of all. Names are found without an index as
// well, so blocks beyond the 65,535 that an inode can count are left out of it.
func (d *directory) writeTo(ctx context.Context, m *metadata) (listing, error) {
	l := listing{at: m.here()}
	block := l.at.block()
	for from := 0; from < len(d.entries); {
		if ctx.Err() != nil {
			return l, context.Cause(ctx)
		}
		here := m.here()
		if here.block() != block && l.indexed < math.MaxUint16 {
			l.addIndex(here.block(), d.entryName(from))
		}
		block = here.block()
		run, to := d.run(from, int(here.offset()))
		m.write(run)
		l.size += int64(len(run))
		from = to
	}
	if l.size > math.MaxUint32-3 {
		return l, errors.New("the names in it take more than 4 GiB: squashfs allows no larger directory")
	}
	return l, m.check()
}

func (l *listing) addIndex(block uint32, name []byte) {
	le := binary.LittleEndian
	l.index = le.AppendUint32(l.index, uint32(l.size))
	l.index = le.AppendUint32(l.index, block)
	l.index = le.AppendUint32(l.index, uint32(len(name)-1))
	l.index = append(l.index, name...)
	l.indexed++
}

// run encodes as many entries as can share one header, which will be at offset in
// its metadata block, and returns the index of the first entry after them. The
// bytes are valid until the next call.
func (d *directory) run(from, offset int) (b []byte, to int) {
	le := binary.LittleEndian
	first := d.entries[from]
	b = d.buf[:0]
	b = le.AppendUint32(b, 0)
	b = le.AppendUint32(b, first.inode.block())
	b = le.AppendUint32(b, first.number)
	for to = from; to < len(d.entries) && to-from < maxRun; to++ {
		e := d.entries[to]
		away := int64(e.number) - int64(first.number)
		if e.inode.block() != first.inode.block() || away != int64(int16(away)) {
			break
		}
		if to > from && offset+len(b) >= metadataSize {
			break
		}
		name := d.entryName(to)
		b = le.AppendUint16(b, e.inode.offset())
		b = le.AppendUint16(b, uint16(away))
		b = le.AppendUint16(b, e.kind())
		b = le.AppendUint16(b, uint16(len(name)-1))
		b = append(b, name...)
	}
	le.PutUint32(b, uint32(to-from-1))
	d.buf = b
	return b, to
}
