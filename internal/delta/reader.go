package delta

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// window is one window of a delta, as it was read.
type window struct {
	lengths
	at        int64 // in the target
	begin     int64 // in the delta
	low, high int64 // the segment of the source that it copies from
	sum       uint32
	sections  sections
}

// reader reads an untrusted delta. After the first error it reads nothing more.
type reader struct {
	r   *bufio.Reader
	at  int64
	err error
}

func newReader(r io.Reader) *reader { return &reader{r: bufio.NewReader(r)} }

// magic reads the beginning of a delta.
func (r *reader) magic() error {
	if got := r.bytes(len(magic())); r.err == nil && !bytes.Equal(got, magic()) {
		r.err = fmt.Errorf("it begins with % x instead of % x", got, magic())
	}
	return r.err
}

// window reads the next window. It must not copy from beyond the end of the source, nor
// make more bytes than the target has room for. At the end, the error is io.EOF.
func (r *reader) window(source, room int64) (*window, error) {
	w := &window{begin: r.at}
	if _, err := r.r.Peek(1); err == io.EOF {
		return nil, io.EOF
	}
	switch indicator := r.byte(); indicator {
	case vcdAdler32 | vcdSource:
		size := r.number("size of the source segment", min(source, mostSource))
		w.low = r.number("beginning of the source segment", source-size)
		w.high = w.low + size
	case vcdAdler32:
	default:
		r.fail("window indicator %#x is not understood", indicator)
	}
	encoding := r.number("length of the encoding", 4*windowSize)
	w.target = r.length("target window", room)
	if indicator := r.byte(); indicator != 0 {
		r.fail("delta indicator %#x is not understood", indicator)
	}
	w.data, w.inst, w.addr = r.length("data", windowSize), r.length("instructions", windowSize), r.length("addresses", windowSize)
	if encoding != w.encoding() {
		r.fail("length of the encoding is %d instead of %d", encoding, w.encoding())
	}
	if sum := r.bytes(4); r.err == nil {
		w.sum = binary.BigEndian.Uint32(sum)
	}
	w.sections.data.Reset(r.bytes(w.data))
	w.sections.inst.Reset(r.bytes(w.inst))
	w.sections.addr.Reset(r.bytes(w.addr))
	if r.err != nil {
		return nil, fmt.Errorf("window at %d: %w", w.begin, r.err)
	}
	return w, nil
}

// length reads the length of something that is held in memory as a whole.
func (r *reader) length(name string, most int64) int {
	return int(r.number("length of the "+name, min(most, windowSize)))
}

func (r *reader) number(name string, most int64) int64 {
	if r.err != nil {
		return 0
	}
	n, err := readNumber(r, most)
	if err != nil {
		r.fail("%s: %w", name, err)
	}
	return n
}

func (r *reader) bytes(n int) []byte {
	if r.err != nil {
		return nil
	}
	b := make([]byte, n)
	m, err := io.ReadFull(r.r, b)
	r.at += int64(m)
	if err != nil {
		r.fail("reading: %w", unexpected(err))
	}
	return b
}

func (r *reader) byte() byte {
	b, err := r.ReadByte()
	if err != nil {
		r.fail("reading: %w", err)
	}
	return b
}

// ReadByte is for readNumber.
func (r *reader) ReadByte() (byte, error) {
	if r.err != nil {
		return 0, r.err
	}
	b, err := r.r.ReadByte()
	if err != nil {
		return 0, unexpected(err)
	}
	r.at++
	return b, nil
}

// fail keeps the first error.
func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("before byte %d: "+format, append([]any{r.at}, args...)...)
	}
}
