package rootfs

import (
	"context"
	"iter"
)

// Tree is a file system: a directory "/" and everything below it. [New] makes one; the
// zero Tree is useless. A Tree is not safe for concurrent use while it is changed.
type Tree struct {
	// Limits bound what all layers together may bring. They are to be set before the first.
	Limits Limits

	*forest
	root   number
	layers int32 // how many were applied
}

// New returns a tree that holds only "/".
func New() *Tree {
	f := newForest()
	return &Tree{forest: f, root: f.root(f.pack(plainDir()))}
}

// plainDir is a directory that has no entry in any layer.
func plainDir() *Inode {
	return &Inode{Kind: Dir, Mode: 0o755, ModTime: Epoch}
}

// imply makes a directory that lower layers may describe.
func (t *Tree) imply(dir number, name []byte) number {
	t.charge(1, perName+nameTimes*int64(len(name)))
	return t.attach(dir, name, t.pack(plainDir())|impliedDir)
}

// All yields every name with its inode: a directory before its entries, and these in
// bytewise order. The root is "."; other names have no leading slash. Names of one
// hardlinked file have inodes of the same Number. An inode that is no directory is valid
// until the next name: a million of them would be much to collect.
func (t *Tree) All() iter.Seq2[string, *Inode] {
	return func(yield func(string, *Inode) bool) {
		prefixes := []string{""} // by depth
		for name, ino := range t.Names() {
			path := "."
			if name.Depth > 0 {
				path = prefixes[name.Depth-1] + string(name.Base())
			}
			if name.Depth > 0 && ino.Kind == Dir {
				prefixes = append(prefixes[:name.Depth], path+"/")
			}
			if !yield(path, ino) {
				return
			}
		}
	}
}

// Below yields the inodes of all names under a directory, to which name may lead through
// symbolic links, with their depth, from 1: in no particular order, but a directory before
// what is under it.
func (t *Tree) Below(name string) iter.Seq2[int, *Inode] {
	return func(yield func(int, *Inode) bool) {
		if p, err := t.walk(name, true); err == nil && p.node() != 0 {
			t.each(p.node(), 1, yield)
		}
	}
}

func (t *Tree) each(dir number, depth int, yield func(int, *Inode) bool) bool {
	for n := t.node(dir).first; n != 0; n = t.node(n).next {
		if c := t.node(n); c.inode == 0 || c.parent != dir {
			continue
		}
		if !yield(depth, t.unpack(t.inodeOf(n))) || !t.each(n, depth+1, yield) {
			return false
		}
	}
	return true
}

// Sort puts the names of all directories in order, once: All, which otherwise sorts each
// directory every time, then goes through the tree without a pause. The end of ctx is
// noticed also in a directory of millions.
func (t *Tree) Sort(ctx context.Context) error { return t.sort(ctx, t.root) }

// Contents is how many contents the tree keeps: no more are in it.
func (t *Tree) Contents() int { return t.held }

// Links says how many names each inode has, by its Number.
func (t *Tree) Links() []uint32 {
	links := make([]uint32, t.inodes.count)
	t.count(t.root, links)
	return links
}

func (t *Tree) count(dir number, links []uint32) {
	for n := t.node(dir).first; n != 0; n = t.node(n).next {
		if c := t.node(n); c.inode != 0 && c.parent == dir {
			links[t.inodeOf(n)]++
			t.count(n, links)
		}
	}
}
