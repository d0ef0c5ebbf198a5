package squashfs

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"lxdocker/internal/block"
)

// extent is a run of blocks that are adjacent in the file of an input, and stay so
// in the image.
type extent struct {
	input  *input
	at     int64 // in the image
	size   int64
	blocks []neededBlock
}

// neededBlock is a block or fragment of an input that the image must have.
type neededBlock struct {
	block.Block
	fragment bool
	number   int // in its list of the table
}

// alignFrom is the size from which on an extent keeps its offset within a page:
// then file systems with reflinks need not store it twice.
const alignFrom = 1 << 20

// page is the unit in which they share.
const page = 4 << 10

// arrange decides where the blocks of all inputs go. The lowest layer comes first
// and our own contents last, so that two images over the same layers begin alike.
func (p *plan) arrange(ctx context.Context) error {
	slices.SortStableFunc(p.inputs, func(a, b *input) int { return cmp.Compare(a.rank, b.rank) })
	for i, s := range p.inputs {
		s.order = i
	}
	if err := p.dedup(ctx); err != nil {
		return err
	}
	p.end = superblockSize
	for _, s := range p.inputs {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		blocks, err := s.needed()
		if err != nil {
			return err
		}
		for len(blocks) > 0 {
			n := contiguousRun(blocks)
			p.place(extent{input: s, blocks: blocks[:n]})
			blocks = blocks[n:]
		}
	}
	return nil
}

// needed lists the needed blocks and fragments, in the order of the input's file.
func (s *input) needed() ([]neededBlock, error) {
	var list []neededBlock
	t := s.store.Table()
	for i, b := range t.Blocks {
		if s.blocks[i] == needed && b.Size > 0 {
			list = append(list, neededBlock{b, false, i})
		}
	}
	for i, b := range t.Fragments {
		if s.fragments[i] == needed {
			list = append(list, neededBlock{b, true, i})
		}
	}
	slices.SortFunc(list, func(a, b neededBlock) int { return cmp.Compare(a.Offset, b.Offset) })
	var end int64
	for _, b := range list {
		if b.Offset < end || b.Size == 0 {
			return nil, s.store.Damage(fmt.Errorf("%w: a fragment cannot be at %d", block.ErrDamaged, b.Offset))
		}
		end = b.Offset + int64(b.Size)
	}
	return list, nil
}

// contiguousRun returns how many blocks at the start of the list are adjacent.
func contiguousRun(blocks []neededBlock) int {
	n := 1
	for n < len(blocks) && blocks[n].Offset == blocks[n-1].Offset+int64(blocks[n-1].Size) {
		n++
	}
	return n
}

// place appends an extent to the data of the image.
func (p *plan) place(e extent) {
	from := e.blocks[0].Offset
	last := e.blocks[len(e.blocks)-1]
	e.size = last.Offset + int64(last.Size) - from
	e.at = p.end
	if e.size >= alignFrom {
		e.at += ((from-e.at)%page + page) % page
	}
	for _, b := range e.blocks {
		at := e.at + b.Offset - from
		if b.fragment {
			e.input.fragments[b.number] = int32(len(p.fragments))
			p.fragments = append(p.fragments, fragment{at, sizeField(b.Block)})
		} else {
			e.input.blocks[b.number] = at
		}
	}
	p.extents = append(p.extents, e)
	p.end = e.at + e.size
}
