package block

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
)

// ReadError is the error of Writer.Add if the content cannot be read.
type ReadError struct{ Err error }

func (e *ReadError) Error() string { return e.Err.Error() }

// Unwrap gives the reader's own error.
func (e *ReadError) Unwrap() error { return e.Err }

// Writer cuts contents into blocks and appends these to a file, in the order in which the
// contents are added. It is not safe for concurrent use.
type Writer struct {
	c           *compressor
	file        *os.File
	seen        map[Sum]storedAt
	blocks      int32  // how many blocks were cut
	frags       int32  // how many fragments were cut
	pending     []byte // the fragment that is being filled
	jobs        chan *job
	written     chan error // from the goroutine that writes: one error, or nil at the end
	table       Table
	writtenBack int64 // up to where the kernel was asked to write the file to disk
	cut         bool  // the file may be longer than the table says
	err         error
}

// storedAt says where a content lies, in case it comes again.
type storedAt struct{ block, offset int32 }

// NewWriter returns a Writer to an empty file. Finish or Discard must follow.
func NewWriter(c *Codec, f *os.File) *Writer {
	w := &Writer{c: c.compressor, file: f, seen: make(map[Sum]storedAt), jobs: make(chan *job, c.compressor.tokens.size()), written: make(chan error, 1)}
	go w.write()
	return w
}

// Add cuts a content of exactly size bytes. A content that was added before is not stored
// again. A *ReadError says that r failed or ended early. After any error, only Discard
// may follow.
func (w *Writer) Add(ctx context.Context, r io.Reader, size int64) (File, error) {
	if size == 0 {
		return File{}, nil
	}
	if size < Size {
		return w.addShared(ctx, r, int(size))
	}
	f := File{Size: size, Block: w.blocks}
	if size > (math.MaxInt32-int64(w.blocks))*Size {
		return File{}, fmt.Errorf("a content of %d bytes has more blocks than can be counted", size)
	}
	hash := sha256.New()
	for left := size; left > 0; {
		buf := w.c.buffer()[:min(left, Size)]
		if err := fill(ctx, r, buf); err != nil {
			w.c.recycle(buf)
			return File{}, err
		}
		hash.Write(buf)
		left -= int64(len(buf))
		if err := w.submit(ctx, &job{raw: buf, zeros: isZero(buf)}); err != nil {
			return File{}, err
		}
		w.blocks++
	}
	f.Sum = Sum(hash.Sum(nil))
	if p, ok := w.seen[f.Sum]; ok {
		// By now its blocks are on their way to the file.
		f.Block = p.block
		w.blocks -= int32(f.Blocks())
		w.jobs <- &job{undo: f.Blocks()}
	} else {
		w.seen[f.Sum] = storedAt{block: f.Block}
	}
	return f, nil
}

func (w *Writer) addShared(ctx context.Context, r io.Reader, size int) (File, error) {
	if len(w.pending)+size > Size {
		if err := w.flush(ctx); err != nil {
			return File{}, err
		}
	}
	if w.pending == nil {
		w.pending = w.c.buffer()[:0]
	}
	at := len(w.pending)
	content := w.pending[at : at+size]
	if err := fill(ctx, r, content); err != nil {
		return File{}, err
	}
	f := File{Size: int64(size), Sum: SumOf(content), Block: w.frags, Offset: int32(at)}
	if p, ok := w.seen[f.Sum]; ok {
		f.Block, f.Offset = p.block, p.offset
		return f, nil
	}
	w.seen[f.Sum] = storedAt{f.Block, f.Offset}
	w.pending = w.pending[:at+size]
	return f, nil
}

// flush submits the fragment.
func (w *Writer) flush(ctx context.Context) error {
	if len(w.pending) == 0 {
		return nil
	}
	raw := w.pending
	w.pending = nil
	w.frags++
	return w.submit(ctx, &job{raw: raw, fragment: true})
}

// Finish waits until all blocks are in the file, and returns where they are. It neither
// syncs nor closes the file.
func (w *Writer) Finish(ctx context.Context) (Table, error) {
	err := errors.Join(w.flush(ctx), w.end()) // the table is complete only now
	if err == nil && w.cut {
		err = w.file.Truncate(w.table.Size)
	}
	return w.table, err
}

// Discard ends a Writer whose blocks are not needed. After Finish, it does nothing.
func (w *Writer) Discard() { _ = w.end() }

func (w *Writer) end() error {
	if w.jobs == nil {
		return w.err
	}
	close(w.jobs)
	w.err = <-w.written
	w.jobs = nil
	if w.pending != nil {
		w.c.recycle(w.pending)
		w.pending = nil
	}
	return w.err
}

// fill reads exactly len(buf) bytes.
func fill(ctx context.Context, r io.Reader, buf []byte) error {
	for n := 0; n < len(buf); {
		// Holes of sparse files are read without a read of the stream below.
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		m, err := r.Read(buf[n:])
		n += m
		if err == io.EOF && n < len(buf) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil && err != io.EOF {
			return &ReadError{err}
		}
	}
	return nil
}
