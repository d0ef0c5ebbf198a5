package squashfs

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// chunk is how much is read and written at once.
const chunk = 4 << 20

// output counts what is written.
type output struct {
	w   io.Writer
	pos int64
}

func (o *output) write(p []byte) error {
	n, err := o.w.Write(p)
	return o.wrote(p, n, err)
}

// clone writes what lies in the file of a source at off.
func (o *output) clone(p []byte, s *source, off int64) error {
	c, ok := o.w.(Cloner)
	if !ok {
		return o.write(p)
	}
	n, err := c.WriteFrom(p, s.store.File(), off)
	return o.wrote(p, n, err)
}

func (o *output) wrote(p []byte, n int, err error) error {
	o.pos += int64(n)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	return err
}

// pad writes zeros up to a place. There are never more than a page of them.
func (o *output) pad(to int64) error {
	if o.pos == to {
		return nil
	}
	return o.write(make([]byte, to-o.pos))
}

func (p *plan) write(ctx context.Context, o *output) error {
	if err := o.write(p.superblock.encode()); err != nil {
		return err
	}
	buf := make([]byte, chunk)
	for _, e := range p.extents {
		if err := o.pad(e.at); err != nil {
			return err
		}
		if err := e.copy(ctx, o, buf); err != nil {
			return err
		}
	}
	for _, table := range p.tables {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := o.write(table); err != nil {
			return err
		}
	}
	return o.pad(p.size)
}

// copy copies blocks, as many at once as the buffer holds.
func (e extent) copy(ctx context.Context, o *output, buf []byte) error {
	for rest := e.pieces; len(rest) > 0; {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		from, size, n := rest[0].Offset, 0, 0
		for n < len(rest) && size+int(rest[n].Size) <= len(buf) {
			size += int(rest[n].Size)
			n++
		}
		if err := e.source.read(buf[:size], from, rest[:n]); err != nil {
			return err
		}
		var err error
		if e.size >= alignFrom {
			err = o.clone(buf[:size], e.source, from)
		} else {
			err = o.write(buf[:size])
		}
		if err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

// read reads pieces that follow each other, and checks each.
func (s *source) read(buf []byte, from int64, pieces []piece) error {
	n, err := s.store.File().ReadAt(buf, from)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading blocks: %w", err)
	}
	buf = buf[:n] // a file that is too short fails the check below
	for _, b := range pieces {
		stored := buf[:min(int(b.Size), len(buf))]
		if err := s.store.Verify(b.Block, stored); err != nil {
			return err
		}
		buf = buf[len(stored):]
	}
	return nil
}
