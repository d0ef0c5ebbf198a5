package squashfs

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"lxdocker/internal/block"
)

// content is what a regular file holds, and where it lies before it is copied.
type content struct {
	block.File
	input *input
}

// compare sorts equal contents next to each other; of these, the one that comes
// first in the image is the first.
func (c *content) compare(d *content) int {
	if x := cmp.Compare(c.Size, d.Size); x != 0 {
		return x
	}
	if x := bytes.Compare(c.Sum[:], d.Sum[:]); x != 0 {
		return x
	}
	return cmp.Or(
		cmp.Compare(c.input.order, d.input.order),
		cmp.Compare(c.Block, d.Block),
		cmp.Compare(c.Offset, d.Offset))
}

// dedup points all equal contents to the same blocks, and marks the blocks that
// are needed.
func (p *plan) dedup(ctx context.Context) error {
	sorted := make([]int32, len(p.contents))
	for i := range sorted {
		sorted[i] = int32(i)
	}
	steps := 0
	slices.SortFunc(sorted, func(a, b int32) int {
		if steps++; steps > often && ctx.Err() != nil {
			return 0 // whatever the order, it comes to an end
		}
		return p.contents[a].compare(&p.contents[b])
	})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var first *content
	for _, i := range sorted {
		c := &p.contents[i]
		if first != nil && c.Size == first.Size && c.Sum == first.Sum {
			c.Block, c.Offset, c.input = first.Block, first.Offset, first.input
			continue
		}
		first = c
		if err := c.input.need(c.File); err != nil {
			return p.withName(int(i), err)
		}
	}
	return nil
}

// input is a store from which blocks are copied.
type input struct {
	store     *block.Store
	rank      int32   // of the lowest layer with a content in it
	order     int     // its index among the inputs
	blocks    []int64 // where each is in the image; unneeded if it is not
	fragments []int32 // which number each has in the image, likewise
}

// What the lists of an input hold before its blocks have their places.
const (
	unneeded = -1
	needed   = 0
)

func newInput(s *block.Store, rank int32) *input {
	t := s.Table()
	return &input{
		store:     s,
		rank:      rank,
		blocks:    slices.Repeat([]int64{unneeded}, len(t.Blocks)),
		fragments: slices.Repeat([]int32{unneeded}, len(t.Fragments)),
	}
}

// need marks the blocks of a content. They must be adjacent, because a squashfs
// inode says only where the first one begins.
func (s *input) need(f block.File) error {
	t := s.store.Table()
	if !t.Holds(f) {
		return s.store.Damage(fmt.Errorf("%w: a content of %d bytes is not among the blocks", block.ErrDamaged, f.Size))
	}
	if f.Shared() {
		s.fragments[f.Block] = needed
		return nil
	}
	end := int64(-1)
	for i := range f.Blocks() {
		b := t.Blocks[int(f.Block)+i]
		s.blocks[int(f.Block)+i] = needed
		if b.Size == 0 {
			continue
		}
		if end >= 0 && b.Offset != end {
			return s.store.Damage(fmt.Errorf("%w: the blocks of one content do not follow each other at %d", block.ErrDamaged, b.Offset))
		}
		end = b.Offset + int64(b.Size)
	}
	return nil
}

// location says where a content lies, without its sum. There may be half a million
// contents, and the sums, which nobody needs after dedup, are most of their memory.
type location struct {
	size                 int64
	input, block, offset int32
}

// freeze replaces the contents by their locations.
func (p *plan) freeze() {
	p.locations = make([]location, len(p.contents))
	for i := range p.contents {
		c := &p.contents[i]
		p.locations[i] = location{c.Size, int32(c.input.order), c.Block, c.Offset}
	}
	p.contents = nil
}

// data is what the inode of a file says about its content. All blocks must have
// their places.
func (p *plan) data(l location) data {
	input := p.inputs[l.input]
	f := block.File{Size: l.size}
	d := data{size: l.size, fragment: noFragment}
	if f.Shared() {
		d.fragment = uint32(input.fragments[l.block])
		d.offset = uint32(l.offset)
		return d
	}
	left := l.size
	d.blocks = make([]uint32, f.Blocks())
	for i := range d.blocks {
		n := int(l.block) + i
		b := input.store.Table().Blocks[n]
		d.blocks[i] = sizeField(b)
		switch {
		case b.Size == 0:
			d.sparse += min(left, block.Size)
		case d.start == 0:
			d.start = input.blocks[n]
		}
		left -= block.Size
	}
	return d
}
