package squashfs

import (
	"cmp"
	"fmt"
	"slices"

	"lxdocker/internal/block"
)

// extent is a run of blocks that follow each other in the file of a source, and
// do so in the image.
type extent struct {
	source *source
	at     int64 // in the image
	size   int64
	pieces []piece
}

// piece is a block that is needed.
type piece struct {
	block.Block
	fragment bool
	number   int // in its list of the table
}

// alignFrom is how long an extent must be to begin at the same place of a page
// as it does in its source: then file systems that can need not store it twice.
const alignFrom = 1 << 20

// page is the unit in which they share.
const page = 4 << 10

// arrange decides where the blocks of all sources go: the lowest layer first,
// our own contents last, so that two images over the same layers begin alike.
func (p *plan) arrange() error {
	slices.SortStableFunc(p.sources, func(a, b *source) int { return cmp.Compare(a.rank, b.rank) })
	for i, s := range p.sources {
		s.order = i
	}
	if err := p.unite(); err != nil {
		return err
	}
	p.settle()
	p.end = superblockSize
	for _, s := range p.sources {
		pieces, err := s.pieces()
		if err != nil {
			return err
		}
		for len(pieces) > 0 {
			n := together(pieces)
			p.place(extent{source: s, pieces: pieces[:n]})
			pieces = pieces[n:]
		}
	}
	return nil
}

// pieces lists what is needed of a source, as it lies in its file.
func (s *source) pieces() ([]piece, error) {
	var list []piece
	t := s.store.Table()
	for i, b := range t.Blocks {
		if s.blocks[i] == live && b.Size > 0 {
			list = append(list, piece{b, false, i})
		}
	}
	for i, b := range t.Fragments {
		if s.fragments[i] == live {
			list = append(list, piece{b, true, i})
		}
	}
	slices.SortFunc(list, func(a, b piece) int { return cmp.Compare(a.Offset, b.Offset) })
	var end int64
	for _, b := range list {
		if b.Offset < end || b.Size == 0 {
			return nil, s.store.Damage(fmt.Errorf("%w: a fragment cannot be at %d", block.ErrDamaged, b.Offset))
		}
		end = b.Offset + int64(b.Size)
	}
	return list, nil
}

// together counts the pieces that follow the first without a gap, and it.
func together(pieces []piece) int {
	n := 1
	for n < len(pieces) && pieces[n].Offset == pieces[n-1].Offset+int64(pieces[n-1].Size) {
		n++
	}
	return n
}

// place puts an extent behind what is there.
func (p *plan) place(e extent) {
	from := e.pieces[0].Offset
	last := e.pieces[len(e.pieces)-1]
	e.size = last.Offset + int64(last.Size) - from
	e.at = p.end
	if e.size >= alignFrom {
		e.at += ((from-e.at)%page + page) % page
	}
	for _, b := range e.pieces {
		at := e.at + b.Offset - from
		if b.fragment {
			e.source.fragments[b.number] = int32(len(p.fragments))
			p.fragments = append(p.fragments, fragment{at, sizeField(b.Block)})
		} else {
			e.source.blocks[b.number] = at
		}
	}
	p.extents = append(p.extents, e)
	p.end = e.at + e.size
}
