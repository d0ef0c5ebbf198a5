package squashfs

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"lxdocker/internal/background"
	"lxdocker/internal/block"
	"lxdocker/internal/rootfs"
)

// contents are what the regular files of the image hold that are not empty, in the order of
// the tree. There may be a million, so only what the tree does not have is kept of each.
type contents struct {
	tree   *rootfs.Tree
	inodes []uint32              // the tree's numbers
	first  []int32               // of those that are equal, the one whose blocks are copied
	cut    map[uint32]block.File // those that were in no store, by the tree's number
	own    *block.Store          // where these are
	inputs map[*block.Store]*input
}

// at says where a content lies before it is copied.
func (c *contents) at(i int32) (*block.Store, block.File) {
	n := c.inodes[i]
	lot, number := c.tree.Lot(n)
	if in, ok := lot.(stored); ok {
		return in.Stored(number)
	}
	return c.own, c.cut[n]
}

// compare sorts equal contents next to each other; of these, the one that comes
// first in the image is the first.
func (c *contents) compare(i, j int32) int {
	s, a := c.at(i)
	t, b := c.at(j)
	if x := cmp.Compare(a.Size, b.Size); x != 0 {
		return x
	}
	if x := bytes.Compare(a.Sum[:], b.Sum[:]); x != 0 {
		return x
	}
	return cmp.Or(
		cmp.Compare(c.inputs[s].order, c.inputs[t].order),
		cmp.Compare(a.Block, b.Block),
		cmp.Compare(a.Offset, b.Offset))
}

// dedup points all equal contents to the same blocks, and marks the blocks that
// are needed.
func (p *plan) dedup(ctx context.Context) error {
	c := &p.contents
	sorted := make([]int32, len(c.inodes))
	for i := range sorted {
		sorted[i] = int32(i)
	}
	if err := background.SortFunc(ctx, sorted, c.compare); err != nil {
		return err
	}
	c.first = make([]int32, len(c.inodes))
	first, one := int32(-1), block.File{}
	for _, i := range sorted {
		store, file := c.at(i)
		if first < 0 || file.Size != one.Size || file.Sum != one.Sum {
			first, one = i, file
			if err := c.inputs[store].need(file); err != nil {
				return p.withName(int(i), err)
			}
		}
		c.first[i] = first
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

// Sizes of the lists of an input before its blocks have their places.
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

// data is what the inode of a file says about its content. All blocks must have
// their places.
func (p *plan) data(content int) data {
	store, f := p.contents.at(p.contents.first[content])
	input := p.contents.inputs[store]
	d := data{size: f.Size, fragment: noFragment}
	if f.Shared() {
		d.fragment = uint32(input.fragments[f.Block])
		d.offset = uint32(f.Offset)
		return d
	}
	left := f.Size
	d.blocks = make([]uint32, f.Blocks())
	for i := range d.blocks {
		n := int(f.Block) + i
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
