package rootfs

import "fmt"

// Put creates or replaces name; a directory over a directory keeps what is in
// it and takes the metadata. Parents are followed inside the root; missing ones
// are made (0755, root, Epoch); one that is neither there as a directory nor
// as a link to one is an error.
func (t *Tree) Put(name string, ino Inode) error {
	fail := func(err error) error { return fmt.Errorf("creating %q: %w", name, err) }
	kept, err := admit(ino)
	if err != nil {
		return fail(err)
	}
	kept.Layer = 0
	p, err := t.walk(name, false)
	if err != nil {
		return fail(err)
	}
	if err := t.put(p, kept, refuseObstacles); err != nil {
		return fail(err)
	}
	return nil
}

// Rename moves a name, with all that is below it. The inode stays the same, so
// other names of a hardlinked file still share it. As rename(2), it replaces a
// file by a file and an empty directory by a directory.
func (t *Tree) Rename(from, to string) error {
	fail := func(err error) error { return fmt.Errorf("renaming %q to %q: %w", from, to, err) }
	src, err := t.existing(from)
	if err != nil {
		return fail(err)
	}
	dst, err := t.walk(to, false)
	if err != nil {
		return fail(err)
	}
	if src.isRoot() || dst.isRoot() {
		return fail(fmt.Errorf("the root stays where it is"))
	}
	n := src.node()
	if dst.node() == n {
		return nil
	}
	if len(dst.nodes) > len(src.nodes) && dst.nodes[len(src.nodes)-1] == n && n.isDir() {
		return fail(fmt.Errorf("the first is a parent of the second"))
	}
	if old := dst.node(); old != nil && (old.isDir() != n.isDir() || len(old.children) > 0) {
		return fail(fmt.Errorf("the second is there and cannot be replaced by the first"))
	}
	parent, err := t.mkdirs(dst, refuseObstacles)
	if err != nil {
		return fail(err)
	}
	src.detach()
	parent.attach(dst.names[len(dst.names)-1], n)
	return nil
}

// Link makes to one more name of from, which must be there and no directory;
// a symbolic link is linked itself. A directory is never replaced.
func (t *Tree) Link(from, to string) error {
	fail := func(err error) error { return fmt.Errorf("linking %q to %q: %w", to, from, err) }
	src, err := t.existing(from)
	if err != nil {
		return fail(err)
	}
	if src.node().isDir() {
		return fail(fmt.Errorf("%q is a directory", from))
	}
	dst, err := t.walk(to, false)
	if err != nil {
		return fail(err)
	}
	if old := dst.node(); old != nil && old.isDir() {
		return fail(fmt.Errorf("%q is a directory", to))
	}
	if err := t.put(dst, src.node().inode, refuseObstacles); err != nil {
		return fail(err)
	}
	return nil
}

// Remove removes a name and all that is below it. It is no error if there is
// nothing. Other names of a hardlinked file stay.
func (t *Tree) Remove(name string) error {
	p, err := t.walk(name, false)
	if err != nil {
		return fmt.Errorf("removing %q: %w", name, err)
	}
	if p.isRoot() {
		return fmt.Errorf("removing %q: it is the root", name)
	}
	p.detach()
	return nil
}

// existing finds a name that must be there.
func (t *Tree) existing(name string) (*place, error) {
	p, err := t.walk(name, false)
	if err != nil {
		return nil, err
	}
	if p.node() == nil {
		return nil, fmt.Errorf("%q does not exist", name)
	}
	return p, nil
}

// detach takes the name out of its directory.
func (p *place) detach() {
	if parent := p.nodes[len(p.nodes)-2]; parent != nil {
		delete(parent.children, p.names[len(p.names)-1])
	}
}
