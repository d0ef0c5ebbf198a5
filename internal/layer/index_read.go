package layer

import (
	"io"
	"math"
	"slices"

	"lxdocker/internal/block"
	"lxdocker/internal/humanize"
	"lxdocker/internal/rootfs"
)

// indexReader reads the records of an index. It does not trust them, although the checksum
// was right: a wrong index must never crash a conversion.
type indexReader struct {
	*fieldReader
	table    *block.Table
	metadata int64 // bytes of names and attributes that remain of maxMetadata
	last     []byte
}

// newIndexReader reads an index whose footer and table were read already.
func newIndexReader(index io.ReaderAt, f footer, t *block.Table) *indexReader {
	return &indexReader{fieldReader: newFieldReader(index, int64(len(magic)), f.recordBytes), table: t, metadata: maxMetadata}
}

// next returns the next record, or io.EOF after the last one.
func (r *indexReader) next() (record, error) {
	var rec record
	if r.left == 0 && r.err == nil {
		return rec, io.EOF
	}
	tag := r.byte()
	shared := r.number(uint64(len(r.last)))
	r.appendTo(shared)
	if r.err != nil {
		return rec, r.err
	}
	rec.Name = string(r.last)
	if tag == tagHardlink {
		rec.Hardlink = r.string()
		if rec.Hardlink == "" {
			r.fail("a hardlink without a target")
		}
	} else {
		r.inode(&rec, tag)
	}
	// A few bytes can repeat a long name again and again.
	if r.metadata -= cost(rec.Entry); r.metadata < 0 {
		r.fail("names and attributes of more than %s", humanize.Limit(maxMetadata))
	}
	return rec, r.err
}

// appendTo reads a string and puts it behind so many bytes of the last name.
func (r *indexReader) appendTo(shared uint64) {
	n := r.number(math.MaxInt64)
	if n > uint64(r.left) {
		r.fail("%d bytes where only %d are left", n, r.left)
	}
	if r.err != nil {
		return
	}
	end := int(shared) + int(n)
	r.last = slices.Grow(r.last[:shared], int(n))[:end]
	r.fill(r.last[shared:end])
}

func (r *indexReader) inode(rec *record, tag byte) {
	ino := &rec.Inode
	ino.Kind = rootfs.Kind(tag &^ tagXattrs)
	ino.Mode = uint32(r.number(0o7777))
	ino.UID = uint32(r.number(math.MaxUint32))
	ino.GID = uint32(r.number(math.MaxUint32))
	ino.ModTime = r.signed()
	if tag&tagXattrs != 0 {
		ino.Xattrs = r.xattrs()
	}
	switch ino.Kind {
	case rootfs.Dir, rootfs.FIFO:
	case rootfs.Symlink:
		ino.Target = r.string()
	case rootfs.CharDevice, rootfs.BlockDevice:
		ino.Major = uint32(r.number(math.MaxUint32))
		ino.Minor = uint32(r.number(math.MaxUint32))
	case rootfs.File:
		rec.file = r.file()
	default:
		r.fail("unknown kind %d", ino.Kind)
	}
}

func (r *indexReader) file() block.File {
	f := block.File{Size: int64(r.number(math.MaxInt64))}
	if f.Size == 0 {
		return f
	}
	copy(f.Sum[:], r.bytes(len(f.Sum)))
	f.Block = int32(r.number(math.MaxInt32))
	if f.Shared() {
		f.Offset = int32(r.number(block.Size))
	}
	if r.err == nil && !r.table.Holds(f) {
		r.fail("a content of %d bytes is not among the blocks", f.Size)
	}
	return f
}

func (r *indexReader) xattrs() map[string]string {
	count := r.number(uint64(r.left))
	xattrs := make(map[string]string)
	for range count {
		name, value := r.string(), r.string()
		if r.err != nil {
			return nil
		}
		xattrs[name] = value
	}
	return xattrs
}
