package squashfs

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"lxdocker/internal/block"
)

// content is where a file's content lies before it is copied.
type content struct {
	block.File
	source *source
}

// compare puts equal contents next to each other, the one first that comes
// first in the image.
func (c *content) compare(d *content) int {
	if x := cmp.Compare(c.Size, d.Size); x != 0 {
		return x
	}
	if x := bytes.Compare(c.Sum[:], d.Sum[:]); x != 0 {
		return x
	}
	return cmp.Or(
		cmp.Compare(c.source.order, d.source.order),
		cmp.Compare(c.Block, d.Block),
		cmp.Compare(c.Offset, d.Offset))
}

// unite makes all equal contents one, and marks the blocks that are needed.
func (p *plan) unite() error {
	sorted := make([]int32, len(p.contents))
	for i := range sorted {
		sorted[i] = int32(i)
	}
	slices.SortFunc(sorted, func(a, b int32) int { return p.contents[a].compare(&p.contents[b]) })
	var first *content
	for _, i := range sorted {
		c := &p.contents[i]
		if first != nil && c.Size == first.Size && c.Sum == first.Sum {
			c.Block, c.Offset, c.source = first.Block, first.Offset, first.source
			continue
		}
		first = c
		if err := c.source.need(c.File); err != nil {
			return naming(p.tree, p.survey.files[i], err)
		}
	}
	return nil
}

// source is a store from which blocks are copied.
type source struct {
	store     *block.Store
	rank      int     // of the lowest layer that has a content in it
	order     int     // among the sources
	blocks    []int64 // where in the image each is; dead: nowhere
	fragments []int32 // what number each has in the image
}

// What is in the lists of a source before blocks are placed.
const (
	dead = -1
	live = 0
)

func newSource(s *block.Store, rank int) *source {
	t := s.Table()
	return &source{
		store:     s,
		rank:      rank,
		blocks:    slices.Repeat([]int64{dead}, len(t.Blocks)),
		fragments: slices.Repeat([]int32{dead}, len(t.Fragments)),
	}
}

// need marks the blocks of a content. Squashfs says of a file only where its
// first block begins, so they must follow each other.
func (s *source) need(f block.File) error {
	t := s.store.Table()
	if !t.Holds(f) {
		return s.store.Damage(fmt.Errorf("%w: a content of %d bytes is not among the blocks", block.ErrDamaged, f.Size))
	}
	if f.Shared() {
		s.fragments[f.Block] = live
		return nil
	}
	end := int64(-1)
	for i := range f.Blocks() {
		b := t.Blocks[int(f.Block)+i]
		s.blocks[int(f.Block)+i] = live
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

// spot is a content once it is clear where it lies. There may be half a million,
// and their sums, which nobody needs any more, are most of what they take.
type spot struct {
	size                  int64
	source, block, offset int32
}

// settle turns contents into spots.
func (p *plan) settle() {
	p.spots = make([]spot, len(p.contents))
	for i := range p.contents {
		c := &p.contents[i]
		p.spots[i] = spot{c.Size, int32(c.source.order), c.Block, c.Offset}
	}
	p.contents = nil
}

// data is what the inode of a file says about its content, once all blocks
// have their places.
func (p *plan) data(s spot) data {
	source := p.sources[s.source]
	f := block.File{Size: s.size}
	d := data{size: s.size, fragment: noFragment}
	if f.Shared() {
		d.fragment = uint32(source.fragments[s.block])
		d.offset = uint32(s.offset)
		return d
	}
	left := s.size
	d.blocks = make([]uint32, f.Blocks())
	for i := range d.blocks {
		n := int(s.block) + i
		b := source.store.Table().Blocks[n]
		d.blocks[i] = sizeField(b)
		switch {
		case b.Size == 0:
			d.sparse += min(left, block.Size)
		case d.start == 0:
			d.start = source.blocks[n]
		}
		left -= block.Size
	}
	return d
}
