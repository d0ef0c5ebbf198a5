package rootfs

import "hash/maphash"

// forest holds the nodes of a tree, and those of a layer that is being applied to it. The
// largest trees have millions of nodes, and a tree is to fit into memory whatever an image
// is like: so nodes are numbers in a few large lists, and not objects with pointers.
type forest struct {
	nodes  slab[node]
	inodes pool[packed]
	texts  texts
	slots  []number // finds nodes by directory and name: open addressing
	used   int      // how many slots are taken
	seed   maphash.Seed

	lots    []Lot // of contents; the first is loose
	loose   *loose
	held    int // how many contents there are
	devices slab[[2]uint32]
	xattrs  map[uint32]map[string]string // by inode
	free    number                       // the first node to be used again, of a list by node.next
	spent   spent                        // of the tree's limits
}

// number is that of a node; 0 is none.
type number uint32

// node is one name. Hardlinked names are several nodes with one inode.
type node struct {
	parent number // the directory that it is in; 0: none finds it any more
	name   text
	first  number // of the entries of a directory
	next   number // in the same directory
	inode  uint32 // 0: there is no such name any more, but there may be again
}

// impliedDir is the bit of node.inode of a directory that its layer names only as a parent.
const impliedDir = 1 << 31

// packed is an inode in a tree.
type packed struct {
	uid, gid uint32
	modTime  uint32
	payload  uint32 // of a file its content's number and one, of a link its text, of a device its numbers'
	lot      uint16 // of a file: where its content is
	layer    uint16
	mode     uint16 // 12 bits, and 3 of the kind
	links    uint16 // how many nodes have it; so many or more, if it is the largest number
}

const kindShift = 12

func (p *packed) kind() Kind { return Kind(p.mode >> kindShift) }

func newForest() *forest {
	f := &forest{seed: maphash.MakeSeed(), slots: make([]number, 16), loose: new(loose)}
	f.lots = []Lot{f.loose}
	f.nodes.add(node{}) // 0 is none
	f.inodes.add(packed{})
	return f
}

// root makes a directory that is in no other.
func (f *forest) root(inode uint32) number { return f.add(node{inode: f.retain(inode)}) }

// add makes a node, of one that is no longer needed if there is any.
func (f *forest) add(c node) number {
	n := f.free
	if n == 0 {
		return number(f.nodes.add(c))
	}
	f.free = f.node(n).next
	*f.node(n) = c
	return n
}

// drop releases a node that is in no list.
func (f *forest) drop(n number) {
	f.set(n, 0)
	*f.node(n) = node{next: f.free}
	f.free = n
}

// set gives a node another inode, and releases the one that it had.
func (f *forest) set(n number, inode uint32) {
	f.retain(inode)
	f.release(f.node(n).inode)
	f.node(n).inode = inode
}

func (f *forest) node(n number) *node { return f.nodes.at(uint32(n)) }

// inodeOf is the number of a node's inode.
func (f *forest) inodeOf(n number) uint32 { return f.node(n).inode &^ impliedDir }

func (f *forest) isDir(n number) bool { return f.inodes.at(f.inodeOf(n)).kind() == Dir }

func (f *forest) implied(n number) bool { return f.node(n).inode&impliedDir != 0 }

// child finds a name in a directory; 0 if there is none.
func (f *forest) child(dir number, name []byte) number {
	_, n := f.slot(dir, name)
	if n != 0 && f.node(n).inode == 0 {
		return 0
	}
	return n
}

// attach gives a name in a directory an inode. If the name exists, it is replaced, with
// everything below it.
func (f *forest) attach(dir number, name []byte, inode uint32) number {
	at, n := f.slot(dir, name)
	if n != 0 {
		f.clear(n)
		f.set(n, inode)
		return n
	}
	n = f.add(node{parent: dir, name: f.texts.add(name), inode: f.retain(inode), next: f.node(dir).first})
	f.node(dir).first = n
	f.occupy(at, n)
	return n
}

// adopt moves a node to a directory that has another parent, and replaces what has its name
// there. The caller takes it out of the list of its old directory.
func (f *forest) adopt(dir number, n number) {
	at, old := f.slot(dir, f.texts.at(f.node(n).name))
	if old != 0 {
		f.remove(old)
		if f.node(n).first == 0 { // no other node knows its number
			f.set(old, f.node(n).inode)
			f.drop(n)
			return
		}
		f.node(old).parent = 0
	}
	c := f.node(n)
	c.parent, c.next = dir, f.node(dir).first
	f.node(dir).first = n
	if old != 0 {
		f.slots[at] = n
	} else {
		f.occupy(at, n)
	}
}

// remove takes a name away, and everything below it.
func (f *forest) remove(n number) {
	f.clear(n)
	f.set(n, 0)
}

// clear removes everything below a directory. Removed nodes are never visited again, so no
// more is removed than was added.
func (f *forest) clear(dir number) {
	for n := f.node(dir).first; n != 0; {
		f.clear(n)
		next := f.node(n).next
		f.drop(n)
		n = next
	}
	f.node(dir).first = 0
}
