package delta

import (
	"fmt"
	"io"
)

// File is the source or the target of a delta, such as an *io.SectionReader or a
// *bytes.Reader. It is read by several goroutines, and must not change meanwhile.
type File interface {
	io.ReaderAt
	Size() int64
}

// input is a File with its name in errors.
type input struct {
	File
	name string
	size int64
}

func sourceFile(s File) input { return input{s, "the source", s.Size()} }
func targetFile(s File) input { return input{s, "the target", s.Size()} }

// read fills p with the bytes at off.
func (f *input) read(p []byte, off int64) error {
	n, err := f.File.ReadAt(p, off)
	if n == len(p) {
		return nil // an error is about what follows
	}
	return fmt.Errorf("reading %s at %d of %d: %w", f.name, off, f.size, unexpected(err))
}

// unexpected turns an end in the middle of something into an error.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

const (
	leastRead = 16 << 10  // bytes read after a jump
	mostRead  = 256 << 10 // bytes read at once; two of these fit into the cache of a core
	lookBack  = 16 << 10  // bytes kept of what was read before
)

// view reads a file mostly forwards, in pieces that grow until somebody jumps.
type view struct {
	input
	at   int64 // where buf begins
	buf  []byte
	next int // how much is read next
}

func newView(f input) *view {
	return &view{input: f, buf: make([]byte, 0, min(f.size, lookBack+mostRead+leastRead)), next: leastRead}
}

// from returns the bytes at off: at least as many as wanted, which may be leastRead
// at most, or all up to the end of the file. They are valid until the next call.
func (v *view) from(off int64, want int) ([]byte, error) {
	end := v.at + int64(len(v.buf))
	want = int(min(int64(want), v.size-off))
	if off >= v.at && off+int64(want) <= end {
		return v.buf[min(off, end)-v.at:], nil
	}
	if off >= v.at && off <= end {
		start := max(v.at, off-lookBack)
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
