package layer

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"lxdocker/internal/block"
)

func damagedf(format string, args ...any) error {
	return fmt.Errorf("%w: %w", block.ErrDamaged, fmt.Errorf(format, args...))
}

// fieldReader reads the parts of an index, without trusting them. After the first error it
// reads nothing more.
type fieldReader struct {
	br   *bufio.Reader
	left int64 // bytes that remain
	err  error
}

// newFieldReader reads n bytes of an index.
func newFieldReader(index io.ReaderAt, from, n int64) *fieldReader {
	size := int(max(min(n, indexBuffer), 0))
	return &fieldReader{br: bufio.NewReaderSize(io.NewSectionReader(index, from, n), size), left: n}
}

func (f *fieldReader) fail(format string, args ...any) {
	if f.err == nil {
		f.err = damagedf("reading its index: %w", fmt.Errorf(format, args...))
	}
}

// ReadByte implements io.ByteReader for encoding/binary.
func (f *fieldReader) ReadByte() (byte, error) {
	if f.left == 0 {
		return 0, io.ErrUnexpectedEOF
	}
	f.left--
	return f.br.ReadByte()
}

func (f *fieldReader) byte() byte {
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
func (f *fieldReader) number(limit uint64) uint64 {
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

func (f *fieldReader) signed() int64 {
	if f.err != nil {
		return 0
	}
	n, err := binary.ReadVarint(f)
	if err != nil {
		f.fail("%w", err)
	}
	return n
}

// fill reads len(b) bytes.
func (f *fieldReader) fill(b []byte) {
	if f.err != nil || int64(len(b)) > f.left {
		f.fail("%d bytes where only %d are left", len(b), f.left)
		return
	}
	f.left -= int64(len(b))
	if _, err := io.ReadFull(f.br, b); err != nil {
		f.fail("%w", err)
	}
}

func (f *fieldReader) string() string {
	n := f.number(math.MaxInt64)
	if n > uint64(f.left) {
		f.fail("%d bytes where only %d are left", n, f.left)
		return ""
	}
	if n > uint64(f.br.Size()) {
		b := make([]byte, n)
		f.fill(b)
		return string(b)
	}
	return string(f.bytes(int(n)))
}

// bytes reads n bytes, no more than the buffer has. They are valid until the next read.
func (f *fieldReader) bytes(n int) []byte {
	if f.err != nil || int64(n) > f.left {
		f.fail("%d bytes where only %d are left", n, f.left)
		return nil
	}
	f.left -= int64(n)
	b, err := f.br.Peek(n)
	if err != nil {
		f.fail("%w", err)
		return nil
	}
	_, _ = f.br.Discard(n) // they are in the buffer
	return b
}

func (f *fieldReader) uint32() uint32 {
	b := f.bytes(4)
	if len(b) < 4 {
		return 0
	}
	return binary.BigEndian.Uint32(b)
}
