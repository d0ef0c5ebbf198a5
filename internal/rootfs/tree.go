package rootfs

import (
	"iter"
	"maps"
	"slices"
	"strings"
)

// Tree is a file system: a directory "/" and everything below it. [New] makes one; the
// zero Tree is useless. A Tree is not safe for concurrent use while it is changed.
type Tree struct {
	root   *node
	layers int32 // how many were applied
}

// node is one name. Hardlinked names are several nodes with one inode.
type node struct {
	inode    *Inode
	children map[string]*node // nil until the first child comes
	implied  bool             // a directory that its layer names only as a parent
}

// New returns a tree that holds only "/".
func New() *Tree {
	return &Tree{root: &node{inode: plainDir()}}
}

// plainDir is a directory that has no entry in any layer.
func plainDir() *Inode {
	return &Inode{Kind: Dir, Mode: 0o755, ModTime: Epoch}
}

// impliedDir is one that lower layers may describe.
func impliedDir() *node { return &node{inode: plainDir(), implied: true} }

func (n *node) isDir() bool { return n.inode.Kind == Dir }

func (n *node) attach(name string, child *node) {
	if n.children == nil {
		n.children = make(map[string]*node)
	}
	// The name is part of an entry's name: keep only what is needed.
	n.children[strings.Clone(name)] = child
}

// All yields every name with its inode: a directory before its entries, and these in
// bytewise order. The root is "."; other names have no leading slash. Names of one
// hardlinked file have the same *Inode.
func (t *Tree) All() iter.Seq2[string, *Inode] {
	return func(yield func(string, *Inode) bool) {
		if yield(".", t.root.inode) {
			t.root.below("", yield)
		}
	}
}

// below yields everything under n; maxPath bounds the depth.
func (n *node) below(prefix string, yield func(string, *Inode) bool) bool {
	for _, name := range slices.Sorted(maps.Keys(n.children)) {
		child := n.children[name]
		if !yield(prefix+name, child.inode) || !child.below(prefix+name+"/", yield) {
			return false
		}
	}
	return true
}
