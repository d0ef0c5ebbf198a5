package block

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"slices"
)

// Store is a file of blocks with its table. It is safe for concurrent use.
type Store struct {
	file    *os.File
	table   Table
	reading *expander
	damaged func(error) error
}

// NewStore returns the Store of a file, after checking the table and the size of the file.
// damaged, if not nil, gets every error that wraps ErrDamaged, and returns the error that
// the caller sees.
func NewStore(f *os.File, t Table, c *Codec, damaged func(error) error) (*Store, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() != t.Size {
		return nil, fmt.Errorf("%w: the file of blocks has %d bytes, and should have %d", ErrDamaged, info.Size(), t.Size)
	}
	return &Store{file: f, table: t, reading: c.expander, damaged: damaged}, nil
}

// File is the file with the blocks.
func (s *Store) File() *os.File { return s.file }

// Table says where the blocks are in the file.
func (s *Store) Table() *Table { return &s.table }

// Verify checks the stored bytes of b.
func (s *Store) Verify(b Block, stored []byte) error {
	if len(stored) == int(b.Size) && crc32.Checksum(stored, castagnoli()) == b.CRC {
		return nil
	}
	return s.Damage(fmt.Errorf("%w: the checksum of the block at %d is wrong", ErrDamaged, b.Offset))
}

// Damage reports err, which wraps ErrDamaged, on behalf of a reader of the blocks that
// found something impossible. It returns the error to give to the caller.
func (s *Store) Damage(err error) error {
	if s.damaged != nil {
		return s.damaged(err)
	}
	return err
}

// Close closes the file. After that, nothing can be read.
func (s *Store) Close() error {
	s.reading.forget(s)
	return s.file.Close()
}

// Open reads a content from its first byte.
func (s *Store) Open(f File) io.Reader {
	if !s.table.Holds(f) {
		return failing{s.Damage(fmt.Errorf("%w: a content of %d bytes is not among the blocks", ErrDamaged, f.Size))}
	}
	if f.Shared() {
		return &sharedReader{store: s, file: f}
	}
	return &reader{store: s, file: f}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// reader reads a content that has blocks of its own.
type reader struct {
	store *Store
	file  File
	next  int    // block
	block []byte // the last one that was expanded
	rest  []byte // what is unread of it
}

func (r *reader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		if r.next == r.file.Blocks() {
			return 0, io.EOF
		}
		size := min(Size, r.file.Size-int64(r.next)*Size)
		block, err := r.store.expand(r.store.table.Blocks[int(r.file.Block)+r.next], r.block, int(size))
		if err != nil {
			return 0, err
		}
		r.block, r.rest = block, block
		r.next++
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// sharedReader reads a content out of a fragment.
type sharedReader struct {
	store *Store
	file  File
	now   *bytes.Reader
}

func (r *sharedReader) Read(p []byte) (int, error) {
	if r.now == nil {
		fragment, err := r.store.fragment(r.file.Block)
		if err != nil {
			return 0, err
		}
		end := int(r.file.Offset) + int(r.file.Size)
		if end > len(fragment) {
			return 0, r.store.Damage(fmt.Errorf("%w: a content ends at %d of a fragment of %d bytes", ErrDamaged, end, len(fragment)))
		}
		r.now = bytes.NewReader(fragment[r.file.Offset:end])
	}
	return r.now.Read(p)
}

func (s *Store) fragment(n int32) ([]byte, error) {
	return s.reading.fragment(fragmentKey{s, n}, func() ([]byte, error) {
		return s.expand(s.table.Fragments[n], nil, -1)
	})
}

// expand reads a block that must have size bytes, into buf if that has room for them. If
// size is -1, it may have any number up to Size.
func (s *Store) expand(b Block, buf []byte, size int) ([]byte, error) {
	buf = buf[:0]
	if b.Size == 0 && size > 0 {
		out := slices.Grow(buf, size)[:size]
		clear(out)
		return out, nil
	}
	var stored []byte
	if b.Raw {
		stored = slices.Grow(buf, int(b.Size))[:b.Size]
	} else {
		scratch := s.reading.scratch()
		defer s.reading.recycle(scratch)
		stored = scratch[:b.Size]
	}
	if _, err := s.file.ReadAt(stored, b.Offset); err == io.EOF {
		return nil, s.Damage(fmt.Errorf("%w: the file of blocks is too short", ErrDamaged))
	} else if err != nil {
		return nil, fmt.Errorf("reading blocks: %w", err)
	}
	if err := s.Verify(b, stored); err != nil {
		return nil, err
	}
	out := stored
	if !b.Raw {
		var err error
		if out, err = s.reading.expand(buf, stored); err != nil {
			return nil, s.Damage(fmt.Errorf("%w: expanding the block at %d: %w", ErrDamaged, b.Offset, err))
		}
	}
	if size >= 0 && len(out) != size || len(out) > Size {
		return nil, s.Damage(fmt.Errorf("%w: the block at %d has %d bytes", ErrDamaged, b.Offset, len(out)))
	}
	return out, nil
}
