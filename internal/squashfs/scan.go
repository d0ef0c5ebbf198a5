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
	at int // among the plan's contents
}

// often is after how many names it is looked whether the work has to end.
const often = 1 << 12

// inodesOf calls f for the first name of each inode that is no directory, and for directories.
func (s *scan) inodesOf(t *rootfs.Tree, f func(name string, ino *rootfs.Inode) bool) {
	seen := make(map[uint32]struct{}) // of those with several names
	for name, ino := range t.All() {
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
	p.contents = make([]content, 0, p.tree.Contents())
	known := make(map[*block.Store]*input)
	s.inodesOf(p.tree, func(_ string, ino *rootfs.Inode) bool {
		if s.inodes++; s.inodes%often == 0 && ctx.Err() != nil {
			return false
		}
		if !hasContent(ino) {
			return true
		}
		c := content{}
		if in, ok := ino.Content.(stored); ok {
			c = p.locate(known, in, rankOf(ino))
		} else {
			s.uncached = append(s.uncached, uncached{ino.Content, len(p.contents)})
		}
		p.contents = append(p.contents, c)
		return true
	})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// locate finds the input of a content.
func (p *plan) locate(known map[*block.Store]*input, in stored, rank int32) (c content) {
	var store *block.Store
	store, c.File = in.Stored()
	if c.input = known[store]; c.input == nil {
		c.input = newInput(store, rank)
		known[store] = c.input
		p.inputs = append(p.inputs, c.input)
	}
	c.input.rank = min(c.input.rank, rank)
	return c
}

func hasContent(ino *rootfs.Inode) bool {
	return ino.Kind == rootfs.File && ino.Content != nil && ino.Content.Size() > 0
}

// withName adds to an error which file it is about: the first name of a content.
func (p *plan) withName(number int, err error) error {
	p.scan.inodesOf(p.tree, func(name string, ino *rootfs.Inode) bool {
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
