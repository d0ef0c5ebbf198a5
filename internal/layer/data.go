package layer

import (
	"bytes"
	"context"
	"hash/crc32"
	"io"
	"os"
)

const (
	dataBuffer = 1 << 20
	holeBlock  = 4096 // blocks of zeros, aligned in the file, are not written
)

// castagnoli is the CRC that processors compute themselves.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// dataWriter writes the contents of a layer's files, one after the other. What
// is all zeros becomes holes.
type dataWriter struct {
	f    *os.File
	buf  []byte
	n    int   // how much of buf waits to be written
	off  int64 // where in the file that goes; a multiple of dataBuffer
	crcs *crc32.Table
}

func newDataWriter(f *os.File) *dataWriter {
	return &dataWriter{f: f, crcs: castagnoli()}
}

func (w *dataWriter) size() int64 { return w.off + int64(w.n) }

// copyFrom appends size bytes and returns their CRC. Errors of the reader come
// as readErr.
func (w *dataWriter) copyFrom(ctx context.Context, r io.Reader, size int64) (crc uint32, readErr, err error) {
	if w.buf == nil && size > 0 {
		w.buf = make([]byte, dataBuffer)
	}
	for size > 0 {
		// Holes of sparse files come without a read of the stream below.
		if err := ctx.Err(); err != nil {
			return 0, nil, err
		}
		room := w.buf[w.n:min(int64(len(w.buf)), int64(w.n)+size)]
		n, readErr := r.Read(room)
		crc = crc32.Update(crc, w.crcs, room[:n])
		size -= int64(n)
		w.n += n
		if w.n == len(w.buf) {
			if err := w.flush(); err != nil {
				return 0, nil, err
			}
		}
		if readErr == io.EOF && size > 0 {
			readErr = io.ErrUnexpectedEOF
		}
		if readErr != nil && readErr != io.EOF {
			return 0, readErr, nil
		}
	}
	return crc, nil, nil
}

// flush writes what waits, run by run between the holes.
func (w *dataWriter) flush() error {
	var zeros [holeBlock]byte
	pending := w.buf[:w.n]
	start := 0
	write := func(end int) error {
		if start == end {
			return nil
		}
		_, err := w.f.WriteAt(pending[start:end], w.off+int64(start))
		return err
	}
	for at := 0; at < len(pending); at += holeBlock {
		end := min(at+holeBlock, len(pending))
		if bytes.Equal(pending[at:end], zeros[:end-at]) {
			if err := write(at); err != nil {
				return err
			}
			start = end
		}
	}
	if err := write(len(pending)); err != nil {
		return err
	}
	w.off += int64(w.n)
	w.n = 0
	return nil
}

// finish writes the rest; its last block may be a hole.
func (w *dataWriter) finish() error {
	size := w.size()
	if err := w.flush(); err != nil {
		return err
	}
	return w.f.Truncate(size)
}
