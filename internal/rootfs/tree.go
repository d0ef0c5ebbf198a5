package rootfs

import (
	"iter"
	"maps"
	"slices"
	"strings"
)

// Tree is a file system: a directory "/" and what is below it. The zero Tree is
// of no use; [New] makes one. A Tree is not safe for concurrent use while it
// is being changed.
type Tree struct {
	root  *node
	layer int32 // how many layers were applied; names carry it as their stamp
}

// node is one name. Hardlinked names are several nodes with one inode.
type node struct {
	inode    *Inode
	children map[string]*node // nil until the first child comes
	layer    int32            // the layer that said what this name is
	cleared  int32            // in this layer a whiteout found nothing left of lower ones below
}

// New returns a tree that holds only "/".
func New() *Tree {
	return &Tree{root: &node{inode: plainDir()}}
}

// plainDir is a directory that is needed, but that nobody described.
func plainDir() *Inode {
	return &Inode{Kind: Dir, Mode: 0o755, ModTime: Epoch}
}

func (n *node) isDir() bool { return n.inode.Kind == Dir }

func (n *node) attach(name string, child *node) {
	if n.children == nil {
		n.children = make(map[string]*node)
	}
	// The name is a part of an entry's, which need not stay.
	n.children[strings.Clone(name)] = child
}

// All yields every name with its inode: a directory before what is in it, and
// the names of a directory in bytewise order. The root is ".", the others have
// no leading slash. Names of one hardlinked file come with the same *Inode.
func (t *Tree) All() iter.Seq2[string, *Inode] {
	return func(yield func(string, *Inode) bool) {
		if yield(".", t.root.inode) {
			t.root.below("", yield)
		}
	}
}

// below yields what is under n; the depth is bounded by maxPath.
func (n *node) below(prefix string, yield func(string, *Inode) bool) bool {
	for _, name := range slices.Sorted(maps.Keys(n.children)) {
		child := n.children[name]
		if !yield(prefix+name, child.inode) || !child.below(prefix+name+"/", yield) {
			return false
		}
	}
	return true
}
