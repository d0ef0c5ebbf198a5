package rootfs

import (
	"errors"
	"fmt"
	"path"
	"strings"
)

// maxLinks is how many symbolic links a path may go through, as in Linux
// (path_resolution(7)).
const maxLinks = 40

// maxExpanded is how many bytes a path and the links on its way may have together. Linux
// has this limit for the path and for each link; forty of the longest are nothing but harm.
const maxExpanded = 4096

// resolvedPath is the real path of a name, after symbolic links were followed.
type resolvedPath struct {
	tree  *Tree
	names []string // the path from the root; the root itself has none
	nodes []number // nodes[0] is the root, nodes[i+1] the node of names[i]; 0 if there is none
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
	return strings.Join(p.names, "/")
}

// descend appends a name.
func (p *resolvedPath) descend(name string) {
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

// walk resolves name as the kernel does in a chroot: symbolic links of parents are
// followed, and ".." stops at the root. If last is set, the last component is followed,
// too. Names that do not exist, or are below something that is no directory, are taken
// literally.
func (t *Tree) walk(name string, last bool) (*resolvedPath, error) {
	return t.walkParts(split(name), last)
}

// walkParts is walk for the components of a name.
func (t *Tree) walkParts(parts []string, last bool) (*resolvedPath, error) {
	p := &resolvedPath{tree: t, names: make([]string, 0, len(parts)), nodes: make([]number, 1, len(parts)+1)}
	p.nodes[0] = t.root
	links, length := 0, pathLength(parts)
	for rest := parts; len(rest) > 0; {
		part := rest[0]
		rest = rest[1:]
		if part == ".." {
			p.ascend()
			continue
		}
		p.descend(part)
		if p.node() == 0 || len(rest) == 0 && !last {
			continue
		}
		target, ok := t.link(p.node())
		if !ok {
			continue
		}
		if links++; links > maxLinks {
			return nil, fmt.Errorf("following %q: more than %d symbolic links, or a loop of them", strings.Join(parts, "/"), maxLinks)
		}
		if length += len(target); length > maxExpanded {
			return nil, fmt.Errorf("following %q: with the symbolic links on its way it has more than the %d bytes that are allowed", strings.Join(parts, "/"), maxExpanded)
		}
		t.charge(0, linkTimes*int64(len(target)))
		p.ascend()
		if strings.HasPrefix(target, "/") {
			p.names, p.nodes = p.names[:0], p.nodes[:1]
		}
		rest = append(split(target), rest...)
	}
	return p, nil
}

// split cuts a path into its components, without the empty ones and ".".
func split(name string) []string {
	parts := make([]string, 0, strings.Count(name, "/")+1)
	for part := range strings.SplitSeq(name, "/") {
		if part != "" && part != "." {
			parts = append(parts, part)
		}
	}
	return parts
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

// cleanEntryName cuts an entry's name into its components, as dockerd does: slashes at
// the front say nothing, then "a/../b" is b, before any link is followed. A name that
// leaves the root may mean harm and means nothing good (T9).
func cleanEntryName(name string) ([]string, error) {
	clean := path.Clean(strings.TrimLeft(name, "/"))
	if clean == ".." || strings.HasPrefix(clean, "../") {
		return nil, errors.New(`a name that leaves the root by ".." is not allowed`)
	}
	parts := split(clean)
	return parts, checkPath(parts)
}
