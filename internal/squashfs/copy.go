package squashfs

import (
	"context"
	"io"
)

// output counts what is written.
type output struct {
	w   io.Writer
	pos int64
}

func (o *output) write(p []byte) error {
	n, err := o.w.Write(p)
	return o.wrote(p, n, err)
}

// clone writes what can be shared with the file that it was read from.
func (o *output) clone(r part) error {
	c, ok := o.w.(Cloner)
	if !ok {
		return o.write(r.bytes)
	}
	n, err := c.WriteFrom(r.bytes, r.source.store.File(), r.from)
	return o.wrote(r.bytes, n, err)
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
	a := p.readAhead(ctx)
	defer a.close()
	for r := range a.parts {
		if r.err != nil {
			return r.err
		}
		if err := o.part(r); err != nil {
			return err
		}
		a.free <- r.bytes
	}
	return context.Cause(ctx) // which may have ended the parts
}

func (o *output) part(r part) error {
	if err := o.pad(r.at); err != nil {
		return err
	}
	if r.size >= alignFrom {
		return o.clone(r)
	}
	return o.write(r.bytes)
}
