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
	if err := checkPath(p.names); err != nil {
		return nil, err
	}
	parent := t.root
	for i, name := range p.names[:len(p.names)-1] {
		next := parent.children[name]
		if next == nil || !next.isDir() {
			if next != nil && o == refuseObstacles {
				return nil, fmt.Errorf("%q is not a directory", (&resolvedPath{names: p.names[:i+1]}).String())
			}
			next = impliedDir()
			parent.attach(name, next)
		}
		parent = next
	}
	return parent, nil
}

// checkPath refuses a path that no file can have.
func checkPath(names []string) error {
	if err := checkName(names); err != nil {
		return err
	}
	length := len(names) - 1 // the slashes
	for _, name := range names {
		length += len(name)
	}
	if length > maxPath {
		return fmt.Errorf("a path of %d bytes: Linux allows %d", length, maxPath)
	}
	return nil
}

// put sets the inode at p. A directory over a directory keeps its entries; anything
// else is replaced, with everything below it.
func (t *Tree) put(p *resolvedPath, ino *Inode, o obstacles) error {
	if p.isRoot() {
		if ino.Kind != Dir {
			return fmt.Errorf("the root can only be a directory")
		}
		t.root.inode, t.root.implied = ino, false
		return nil
	}
	parent, err := t.mkdirs(p, o)
	if err != nil {
		return err
	}
	name := p.names[len(p.names)-1]
	if old := parent.children[name]; old != nil && old.isDir() && ino.Kind == Dir {
		old.inode, old.implied = ino, false
		return nil
	}
	parent.attach(name, &node{inode: ino})
	return nil
}
