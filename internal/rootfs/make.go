package rootfs

import "fmt"

// obstacles says what to do with something that is in the way of a parent directory.
type obstacles bool

const (
	refuseObstacles  obstacles = false
	replaceObstacles obstacles = true
)

// mkdirs creates the missing parents of p and returns the last one.
func (t *Tree) mkdirs(p *resolvedPath, o obstacles) (*node, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	parent := t.root
	for i, name := range p.names[:len(p.names)-1] {
		next := parent.children[name]
		if next == nil || !next.isDir() {
			if next != nil && o == refuseObstacles {
				return nil, fmt.Errorf("%q is not a directory", (&resolvedPath{names: p.names[:i+1]}).String())
			}
			next = t.newNode(plainDir())
			parent.attach(name, next)
		}
		parent = next
	}
	return parent, nil
}

// check refuses a path that no file can have.
func (p *resolvedPath) check() error {
	if err := checkName(p.names); err != nil {
		return err
	}
	if n := len(p.String()); n > maxPath {
		return fmt.Errorf("a path of %d bytes: Linux allows %d", n, maxPath)
	}
	return nil
}

// newNode makes a name of the current layer, with nothing of lower layers below it.
func (t *Tree) newNode(ino *Inode) *node {
	return &node{inode: ino, layer: t.layer, cleared: t.layer}
}

// put sets the inode at p. A directory over a directory keeps its entries; anything
// else is replaced, with everything below it.
func (t *Tree) put(p *resolvedPath, ino *Inode, o obstacles) error {
	if p.isRoot() {
		if ino.Kind != Dir {
			return fmt.Errorf("the root can only be a directory")
		}
		t.root.inode, t.root.layer = ino, t.layer
		return nil
	}
	parent, err := t.mkdirs(p, o)
	if err != nil {
		return err
	}
	name := p.names[len(p.names)-1]
	if old := parent.children[name]; old != nil && old.isDir() && ino.Kind == Dir {
		old.inode, old.layer = ino, t.layer
		return nil
	}
	parent.attach(name, t.newNode(ino))
	return nil
}
