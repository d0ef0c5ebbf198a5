package block

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"slices"
)

// Store is a file of blocks, and what says where they are. It may be used by
// several goroutines.
type Store struct {
	file    *os.File
	table   Table
	reading *expander
	damaged func(error) error
}

// NewStore checks the table, and that the file is as long as it says. damaged,
// if it is not nil, is told of every error that wraps ErrDamaged, and what it
// returns is what the caller sees.
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

// File is where the blocks are.
func (s *Store) File() *os.File { return s.file }

// Table says where in it.
func (s *Store) Table() *Table { return &s.table }

// Verify says whether these are the bytes that were stored for b.
func (s *Store) Verify(b Block, stored []byte) error {
	if len(stored) == int(b.Size) && crc32.Checksum(stored, castagnoli()) == b.CRC {
		return nil
	}
	return s.Damage(fmt.Errorf("%w: the checksum of the block at %d is wrong", ErrDamaged, b.Offset))
}

// Damage is for readers of the blocks who find that something cannot be: it
// gives err, which wraps ErrDamaged, to whoever wants to be told.
func (s *Store) Damage(err error) error {
	if s.damaged != nil {
		return s.damaged(err)
	}
	return err
}

// Close closes the file. Nothing can be read any more.
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
	block []byte // the one before
	rest  []byte // of that, what is not read yet
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

// expand reads a block of size bytes into buf, if that has room for them; -1 is
// any number up to Size.
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
