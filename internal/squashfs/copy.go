package squashfs

import (
	"context"
	"io"
)

// output knows how much was written, and tells.
type output struct {
	w        io.Writer
	progress func(n int64) // may be nil
	pos      int64
}

func (o *output) write(p []byte) error {
	n, err := o.w.Write(p)
	return o.wrote(p, n, err)
}

// clone shares a chunk with the file that it was read from, if the writer can.
func (o *output) clone(c chunk) error {
	w, ok := o.w.(Cloner)
	if !ok {
		return o.write(c.bytes)
	}
	n, err := w.WriteFrom(c.bytes, c.input.store.File(), c.from)
	return o.wrote(c.bytes, n, err)
}

func (o *output) wrote(p []byte, n int, err error) error {
	o.pos += int64(n)
	if o.progress != nil {
		o.progress(int64(n))
	}
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	return err
}

// pad writes zeros up to a position, never more than a page of them.
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
	if err := p.copy(ctx, o); err != nil {
		return err
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

// copy writes the blocks of all extents.
func (p *plan) copy(ctx context.Context, o *output) error {
	r := p.startReadahead(ctx)
	defer r.close()
	for c := range r.chunks {
		if c.err != nil {
			return c.err
		}
		if err := o.chunk(c); err != nil {
			return err
		}
		r.free <- c.bytes
	}
	return context.Cause(ctx) // which may have ended the chunks
}

func (o *output) chunk(c chunk) error {
	if err := o.pad(c.at); err != nil {
		return err
	}
	if c.size >= alignFrom {
		return o.clone(c)
	}
	return o.write(c.bytes)
}
