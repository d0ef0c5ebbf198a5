package rootfs

import "fmt"

// obstacles says what to do with something that is in the way of a parent directory.
type obstacles bool

const (
	refuseObstacles  obstacles = false
	replaceObstacles obstacles = true
)

// mkdirs creates the missing parents of p and returns the last one.
func (t *Tree) mkdirs(p *resolvedPath, o obstacles) (number, error) {
	if err := checkNames(p.names); err != nil {
		return 0, err
	}
	parent := t.root
	for i, name := range p.names[:len(p.names)-1] {
		next := t.child(parent, name)
		if next == 0 || !t.isDir(next) {
			if next != 0 && o == refuseObstacles {
				return 0, fmt.Errorf("%q is not a directory", (&resolvedPath{names: p.names[:i+1]}).String())
			}
			next = t.imply(parent, name)
		}
		parent = next
	}
	return parent, nil
}

// share gives an inode one more name, which may replace the one that it has.
func (t *Tree) share(p *resolvedPath, inode uint32, o obstacles) error {
	t.retain(inode)
	defer t.release(inode)
	return t.put(p, inode, o)
}

// put sets the inode at p. A directory over a directory keeps its entries; anything
// else is replaced, with everything below it.
func (t *Tree) put(p *resolvedPath, inode uint32, o obstacles) error {
	dir := t.inodes.at(inode).kind() == Dir
	if p.isRoot() {
		if !dir {
			return fmt.Errorf("the root can only be a directory")
		}
		t.set(t.root, inode)
		return nil
	}
	parent, err := t.mkdirs(p, o)
	if err != nil {
		return err
	}
	name := p.names[len(p.names)-1]
	if old := t.child(parent, name); old != 0 && t.isDir(old) && dir {
		t.set(old, inode)
		return nil
	}
	t.attach(parent, name, inode)
	return nil
}
