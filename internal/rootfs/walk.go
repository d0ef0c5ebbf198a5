package rootfs

import (
	"bytes"
	"fmt"
)

// maxLinks is how many symbolic links a path may go through, as in Linux
// (path_resolution(7)).
const maxLinks = 40

// maxExpanded is how many bytes a path and the links on its way may have together. Linux
// has this limit for the path and for each link; forty of the longest are nothing but harm.
const maxExpanded = 4096

// resolvedPath is the real path of a name, after symbolic links were followed. It can be
// used for one name after the other.
type resolvedPath struct {
	tree  *Tree
	names [][]byte // the path from the root; the root itself has none
	nodes []number // nodes[0] is the root, nodes[i+1] the node of names[i]; 0 if there is none
	rest  [][]byte // what is still to be walked, the last one first
}

func (p *resolvedPath) node() number { return p.nodes[len(p.nodes)-1] }

// isDir says whether there is a directory.
func (p *resolvedPath) isDir() bool { return p.node() != 0 && p.tree.isDir(p.node()) }

// inode is the number of the inode that is there; 0 if there is none.
func (p *resolvedPath) inode() uint32 { return p.tree.inodeOf(p.node()) }

func (p *resolvedPath) isRoot() bool { return len(p.names) == 0 }

func (p *resolvedPath) String() string {
	if p.isRoot() {
		return "."
	}
	return string(bytes.Join(p.names, []byte("/")))
}

// descend appends a name.
func (p *resolvedPath) descend(name []byte) {
	var next number
	if n := p.node(); n != 0 {
		next = p.tree.child(n, name)
	}
	p.names = append(p.names, name)
	p.nodes = append(p.nodes, next)
}

// ascend removes the last name; the parent of the root is the root.
func (p *resolvedPath) ascend() {
	if !p.isRoot() {
		p.names = p.names[:len(p.names)-1]
		p.nodes = p.nodes[:len(p.nodes)-1]
	}
}

// later puts a path before what is still to be walked.
func (p *resolvedPath) later(path []byte) {
	if path = trimFront(path); len(path) > 0 {
		p.rest = append(p.rest, path)
	}
}

// next takes the next name of what is still to be walked.
func (p *resolvedPath) next() (name []byte) {
	last := len(p.rest) - 1
	name, path := cut(p.rest[last])
	p.rest = p.rest[:last]
	p.later(path)
	return name
}

// walk resolves a path as the kernel does in a chroot: symbolic links of parents are
// followed, and ".." stops at the root. If last is set, the last component is followed,
// too. Names that do not exist, or are below something that is no directory, are taken
// literally. The path has to stay as it is while p is used.
func (p *resolvedPath) walk(t *Tree, path []byte, last bool) error {
	p.tree, p.names, p.nodes, p.rest = t, p.names[:0], append(p.nodes[:0], t.root), p.rest[:0]
	links, length := 0, len(path)
	for p.later(path); len(p.rest) > 0; {
		name := p.next()
		if string(name) == ".." {
			p.ascend()
			continue
		}
		p.descend(name)
		if p.node() == 0 || len(p.rest) == 0 && !last {
			continue
		}
		target, ok := t.link(p.node())
		if !ok {
			continue
		}
		if links++; links > maxLinks {
			return fmt.Errorf("following %q: more than %d symbolic links, or a loop of them", path, maxLinks)
		}
		if length += len(target); length > maxExpanded {
			return fmt.Errorf("following %q: with the symbolic links on its way it has more than the %d bytes that are allowed", path, maxExpanded)
		}
		t.charge(0, linkTimes*int64(len(target)))
		p.ascend()
		if target[0] == '/' {
			p.names, p.nodes = p.names[:0], p.nodes[:1]
		}
		p.later(target)
	}
	return nil
}

// walk resolves a name of whoever uses the tree.
func (t *Tree) walk(name string, last bool) (*resolvedPath, error) {
	var path []byte
	for rest := trimFront([]byte(name)); len(rest) > 0; {
		var part []byte
		part, rest = cut(rest)
		path = appendName(path, part)
	}
	p := &resolvedPath{}
	if err := p.walk(t, path, last); err != nil {
		return nil, err
	}
	return p, nil
}

// Lookup returns the inode of name, following symbolic links inside the root.
func (t *Tree) Lookup(name string) (*Inode, bool) { return t.find(name, true) }

// Lstat returns the inode of name, following only the symbolic links of its parents.
func (t *Tree) Lstat(name string) (*Inode, bool) { return t.find(name, false) }

func (t *Tree) find(name string, last bool) (*Inode, bool) {
	p, err := t.walk(name, last)
	if err != nil || p.node() == 0 {
		return nil, false
	}
	return t.unpack(p.inode()), true
}

// Resolve returns the real path of name, without a leading slash ("." is the
// root): the symbolic links of its parents are followed inside the root. Name
// need not exist. A loop of symbolic links is an error.
func (t *Tree) Resolve(name string) (string, error) {
	p, err := t.walk(name, false)
	if err != nil {
		return "", err
	}
	return p.String(), nil
}
