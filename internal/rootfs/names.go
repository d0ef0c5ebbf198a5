package rootfs

import "iter"

// Name is a name in a tree, and valid until that is changed. Its path takes time and memory,
// and nobody wants to know it of most names.
type Name struct {
	Depth int // 0 is the root's
	tree  *Tree
	node  number
}

// Base is the last component, which must not be changed.
func (n Name) Base() []byte {
	if n.Depth == 0 {
		return []byte(".")
	}
	return n.tree.texts.at(n.tree.node(n.node).name)
}

// String is the path, as All has it.
func (n Name) String() string {
	if n.Depth == 0 {
		return "."
	}
	return n.tree.pathOf(n.node)
}

// Entries says how many names are in a directory at most, and how many bytes these have.
func (n Name) Entries() (count, bytes int) {
	t := n.tree
	for e := t.node(n.node).first; e != 0; e = t.node(e).next {
		count++
		bytes += len(t.texts.at(t.node(e).name))
	}
	return count, bytes
}

// Names is All for those who do not need every path.
func (t *Tree) Names() iter.Seq2[Name, *Inode] {
	return func(yield func(Name, *Inode) bool) {
		if yield(Name{0, t, t.root}, t.unpack(t.inodeOf(t.root))) {
			l := &lister{tree: t, yield: yield}
			l.below(t.root, 1)
		}
	}
}

// lister yields the names of a tree.
type lister struct {
	tree  *Tree
	yield func(Name, *Inode) bool
	open  []number // the entries of all directories on the way
	file  Inode    // is used for what is no directory
}

// below yields everything under a directory; maxPath bounds the depth.
func (l *lister) below(dir number, depth int) bool {
	t, from := l.tree, len(l.open)
	l.open = t.appendEntries(l.open, dir)
	defer func() { l.open = l.open[:from] }()
	for i := from; i < len(l.open); i++ {
		n, ino := l.open[i], &l.file
		if t.isDir(n) {
			ino = new(Inode)
		}
		if !l.yield(Name{depth, t, n}, t.unpackInto(ino, t.inodeOf(n))) || t.node(n).first != 0 && !l.below(n, depth+1) {
			return false
		}
	}
	return true
}
