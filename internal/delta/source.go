package delta

import (
	"fmt"
	"io"
)

// Source is a version of a file; *io.SectionReader and *bytes.Reader are such. It
// is read by several goroutines, and must not change meanwhile.
type Source interface {
	io.ReaderAt
	Size() int64
}

// file is a Source with what it is called in errors.
type file struct {
	source Source
	name   string
	size   int64
}

func oldFile(s Source) file { return file{s, "old", s.Size()} }
func newFile(s Source) file { return file{s, "new", s.Size()} }

// read fills p with what lies at off.
func (f *file) read(p []byte, off int64) error {
	n, err := f.source.ReadAt(p, off)
	if n == len(p) {
		return nil // whatever is said of what follows
	}
	return fmt.Errorf("reading %s at %d of %d: %w", f.name, off, f.size, unexpected(err))
}

// unexpected is an error in the middle of something.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

const (
	leastRead = 16 << 10  // after a jump
	mostRead  = 256 << 10 // two of them fit into the cache of a core
	kept      = 16 << 10  // of what was read before
)

// view reads a file mostly forwards: larger pieces, the longer nobody jumps.
type view struct {
	file
	at   int64 // where buf begins
	buf  []byte
	next int // how much is read next
}

func newView(f file) *view {
	return &view{file: f, buf: make([]byte, 0, min(f.size, kept+mostRead+leastRead)), next: leastRead}
}

// from returns what lies at off: as much as is wanted, or all there is until the
// end, and more if it is at hand. It is valid until the next call. At most
// leastRead may be wanted.
func (v *view) from(off int64, want int) ([]byte, error) {
	end := v.at + int64(len(v.buf))
	want = int(min(int64(want), v.size-off))
	if off >= v.at && off+int64(want) <= end {
		return v.buf[min(off, end)-v.at:], nil
	}
	if off >= v.at && off <= end {
		start := max(v.at, off-kept)
		v.buf = v.buf[:copy(v.buf, v.buf[start-v.at:])]
		v.at = start
	} else {
		v.at, v.buf, v.next, end = off, v.buf[:0], leastRead, off
	}
	have := len(v.buf)
	n := int(min(int64(v.next), v.size-end))
	v.next = min(2*v.next, mostRead)
	v.buf = v.buf[:have+n]
	if err := v.read(v.buf[have:], end); err != nil {
		v.buf = v.buf[:have]
		return nil, err
	}
	return v.buf[off-v.at:], nil
}
