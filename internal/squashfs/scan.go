package squashfs

import (
	"context"
	"fmt"

	"lxdocker/internal/block"
	"lxdocker/internal/rootfs"
)

// scan is what must be known of a tree before anything can be placed. Only what is
// rare is kept in maps and by pointers, because a tree may have millions of names.
type scan struct {
	inodes   uint32
	links    []uint32 // how many names an inode has, by its number
	uncached []uncached
}

// uncached is a content that is in no store.
type uncached struct {
	rootfs.Content
	inode uint32 // the tree's number
	at    int    // among the plan's contents
}

// often is after how many names it is looked whether the work has to end.
const often = 1 << 12

// inodesOf calls f for the first name of each inode that is no directory, and for directories.
func (s *scan) inodesOf(t *rootfs.Tree, f func(name rootfs.Name, ino *rootfs.Inode) bool) {
	seen := make(map[uint32]struct{}) // of those with several names
	for name, ino := range t.Names() {
		if ino.Kind != rootfs.Dir && s.links[ino.Number] > 1 {
			if _, ok := seen[ino.Number]; ok {
				continue
			}
			seen[ino.Number] = struct{}{}
		}
		if !f(name, ino) {
			return
		}
	}
}

// scanTree lists the contents of files that are not empty, in the order of the tree, and
// finds the input of each.
func (p *plan) scanTree(ctx context.Context) error {
	s := &p.scan
	s.links = p.tree.Links()
	c := &p.contents
	c.tree, c.inodes, c.inputs = p.tree, make([]uint32, 0, p.tree.Contents()), make(map[*block.Store]*input)
	s.inodesOf(p.tree, func(_ rootfs.Name, ino *rootfs.Inode) bool {
		if s.inodes++; s.inodes%often == 0 && ctx.Err() != nil {
			return false
		}
		if !hasContent(ino) {
			return true
		}
		lot, number := p.tree.Lot(ino.Number)
		if in, ok := lot.(stored); ok {
			p.locate(in, number, rankOf(ino))
		} else {
			s.uncached = append(s.uncached, uncached{ino.Content, ino.Number, len(c.inodes)})
		}
		c.inodes = append(c.inodes, ino.Number)
		return true
	})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// locate finds the input of a content.
func (p *plan) locate(in stored, number uint32, rank int32) {
	store, _ := in.Stored(number)
	input := p.contents.inputs[store]
	if input == nil {
		input = newInput(store, rank)
		p.contents.inputs[store] = input
		p.inputs = append(p.inputs, input)
	}
	input.rank = min(input.rank, rank)
}

func hasContent(ino *rootfs.Inode) bool {
	return ino.Kind == rootfs.File && ino.Content != nil && ino.Content.Size() > 0
}

// withName adds to an error which file it is about: the first name of a content.
func (p *plan) withName(number int, err error) error {
	p.scan.inodesOf(p.tree, func(name rootfs.Name, ino *rootfs.Inode) bool {
		if !hasContent(ino) {
			return true
		}
		if number--; number >= 0 {
			return true
		}
		err = fmt.Errorf("%q: %w", name, err)
		return false
	})
	return err
}
