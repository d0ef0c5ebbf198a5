package layer

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"

	"lxdocker/internal/rootfs"
)

// errDamaged is what the errors of unreadable packs wrap. It never leaves the
// package unless a pack is damaged while it is in use: others are made again.
var errDamaged = errors.New("damaged pack")

func damagedf(format string, args ...any) error {
	return fmt.Errorf("%w: %w", errDamaged, fmt.Errorf(format, args...))
}

// readFooter checks the whole index once and returns its footer.
func readFooter(index io.ReaderAt, size int64) (footer, error) {
	var f footer
	if size < int64(len(magic))+footerSize {
		return f, damagedf("its index has only %d bytes", size)
	}
	head := make([]byte, len(magic))
	if _, err := index.ReadAt(head, 0); err != nil {
		return f, err
	}
	if string(head) != magic {
		return f, damagedf("its index is of another format: it starts with %q", head)
	}
	crc := crc32.New(castagnoli())
	if _, err := io.Copy(crc, io.NewSectionReader(index, 0, size-4)); err != nil {
		return f, err
	}
	b := make([]byte, footerSize)
	if _, err := index.ReadAt(b, size-footerSize); err != nil {
		return f, err
	}
	if got := crc.Sum32(); got != binary.BigEndian.Uint32(b[footerSize-4:]) {
		return f, damagedf("the checksum of its index is wrong")
	}
	f.records = binary.BigEndian.Uint64(b)
	f.data = int64(binary.BigEndian.Uint64(b[8:]))
	f.blobSize = int64(binary.BigEndian.Uint64(b[16:]))
	copy(f.digest[:], b[24:])
	copy(f.diffID[:], b[56:])
	if f.data < 0 || f.blobSize < 0 {
		return f, damagedf("its sizes are negative")
	}
	return f, nil
}

// indexReader reads the records of an index. It trusts none of them, although
// the checksum was right: to be wrong here must never crash a conversion.
type indexReader struct {
	br   *bufio.Reader
	left int64 // bytes of records that may still come
	last []byte
}

// newIndexReader reads an index whose footer was read already.
func newIndexReader(index io.ReaderAt, size int64) *indexReader {
	n := size - int64(len(magic)) - footerSize
	return &indexReader{br: bufio.NewReaderSize(io.NewSectionReader(index, int64(len(magic)), n), 64<<10), left: n}
}

// next returns the next record, or io.EOF after the last one.
func (r *indexReader) next() (record, error) {
	var rec record
	if r.left == 0 {
		return rec, io.EOF
	}
	f := fields{r: r}
	tag := f.byte()
	shared := f.number(uint64(len(r.last)))
	rest := f.string()
	if f.err != nil {
		return rec, f.err
	}
	r.last = append(r.last[:shared], rest...)
	rec.Name = string(r.last)
	if tag == tagHardlink {
		rec.Hardlink = f.string()
		if f.err == nil && rec.Hardlink == "" {
			f.fail("a hardlink without a target")
		}
	} else {
		f.inode(&rec, tag)
	}
	return rec, f.err
}

// fields reads the parts of one record; after an error it reads nothing more.
type fields struct {
	r   *indexReader
	err error
}

func (f *fields) fail(format string, args ...any) {
	if f.err == nil {
		f.err = damagedf("reading its index: %w", fmt.Errorf(format, args...))
	}
}

func (f *fields) inode(rec *record, tag byte) {
	ino := &rec.Inode
	ino.Kind = rootfs.Kind(tag &^ tagXattrs)
	ino.Mode = uint32(f.number(0o7777))
	ino.UID = uint32(f.number(math.MaxUint32))
	ino.GID = uint32(f.number(math.MaxUint32))
	ino.ModTime = f.signed()
	if tag&tagXattrs != 0 {
		ino.Xattrs = f.xattrs()
	}
	switch ino.Kind {
	case rootfs.Dir, rootfs.FIFO:
	case rootfs.Symlink:
		ino.Target = f.string()
	case rootfs.CharDevice, rootfs.BlockDevice:
		ino.Major = uint32(f.number(math.MaxUint32))
		ino.Minor = uint32(f.number(math.MaxUint32))
	case rootfs.File:
		rec.size = int64(f.number(math.MaxInt64))
		if rec.size > 0 {
			rec.crc = f.uint32()
		}
	default:
		f.fail("unknown kind %d", ino.Kind)
	}
}

func (f *fields) xattrs() map[string]string {
	count := f.number(uint64(f.r.left))
	xattrs := make(map[string]string)
	for range count {
		name, value := f.string(), f.string()
		if f.err != nil {
			return nil
		}
		xattrs[name] = value
	}
	return xattrs
}

// ReadByte implements io.ByteReader for encoding/binary.
func (f *fields) ReadByte() (byte, error) {
	if f.r.left == 0 {
		return 0, io.ErrUnexpectedEOF
	}
	f.r.left--
	return f.r.br.ReadByte()
}

func (f *fields) byte() byte {
	if f.err != nil {
		return 0
	}
	b, err := f.ReadByte()
	if err != nil {
		f.fail("%w", err)
	}
	return b
}

// number reads an unsigned number that is at most limit.
func (f *fields) number(limit uint64) uint64 {
	if f.err != nil {
		return 0
	}
	n, err := binary.ReadUvarint(f)
	switch {
	case err != nil:
		f.fail("%w", err)
	case n > limit:
		f.fail("%d where at most %d can be", n, limit)
	default:
		return n
	}
	return 0
}

func (f *fields) signed() int64 {
	if f.err != nil {
		return 0
	}
	n, err := binary.ReadVarint(f)
	if err != nil {
		f.fail("%w", err)
	}
	return n
}

// bytes reads n bytes, which must be left.
func (f *fields) bytes(n uint64) []byte {
	if f.err != nil || n > uint64(f.r.left) {
		f.fail("%d bytes where only %d are left", n, f.r.left)
		return nil
	}
	b := make([]byte, n)
	f.r.left -= int64(n)
	if _, err := io.ReadFull(f.r.br, b); err != nil {
		f.fail("%w", err)
	}
	return b
}

func (f *fields) string() string { return string(f.bytes(f.number(math.MaxInt64))) }

func (f *fields) uint32() uint32 {
	b := f.bytes(4)
	if f.err != nil {
		return 0
	}
	return binary.BigEndian.Uint32(b)
}
