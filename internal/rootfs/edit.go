package rootfs

import "fmt"

// Put creates or replaces name. A directory over a directory keeps its entries and
// gets the new metadata. Symbolic links of parents are followed inside the root;
// missing parents are created (0755, root, Epoch). A parent that is neither a directory
// nor a link to one is an error.
func (t *Tree) Put(name string, ino Inode) error {
	fail := func(err error) error { return fmt.Errorf("creating %q: %w", name, err) }
	if err := admit(&ino); err != nil {
		return fail(err)
	}
	ino.Layer = 0
	p, err := t.walk(name, false)
	if err != nil {
		return fail(err)
	}
	if err := t.put(p, t.pack(&ino), refuseObstacles); err != nil {
		return fail(err)
	}
	return nil
}

// Rename moves a name and everything below it. The inode stays the same, so other names
// of a hardlinked file still share it. Like rename(2), it replaces a file by a file and
// an empty directory by a directory.
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
		return fail(fmt.Errorf("the root cannot be renamed"))
	}
	n := src.node()
	if dst.node() == n {
		return nil
	}
	if len(dst.nodes) > len(src.nodes) && dst.nodes[len(src.nodes)-1] == n && t.isDir(n) {
		return fail(fmt.Errorf("a directory cannot be moved into itself"))
	}
	if old := dst.node(); old != 0 && (t.isDir(old) != t.isDir(n) || len(t.appendEntries(nil, old)) > 0) {
		return fail(fmt.Errorf("the target exists and cannot be replaced"))
	}
	parent, err := t.mkdirs(dst, refuseObstacles)
	if err != nil {
		return fail(err)
	}
	t.unlist(n)
	t.node(n).name = t.texts.add(dst.names[len(dst.names)-1])
	t.adopt(parent, n)
	return nil
}

// Link gives from, which must exist and be no directory, the additional name to. A
// symbolic link is linked itself. A directory is never replaced.
func (t *Tree) Link(from, to string) error {
	fail := func(err error) error { return fmt.Errorf("linking %q to %q: %w", to, from, err) }
	src, err := t.existing(from)
	if err != nil {
		return fail(err)
	}
	if src.isDir() {
		return fail(fmt.Errorf("%q is a directory", from))
	}
	dst, err := t.walk(to, false)
	if err != nil {
		return fail(err)
	}
	if dst.isDir() {
		return fail(fmt.Errorf("%q is a directory", to))
	}
	if err := t.share(dst, src.inode(), refuseObstacles); err != nil {
		return fail(err)
	}
	return nil
}

// Remove removes a name and everything below it; it is no error if there is nothing.
// Other names of a hardlinked file stay.
func (t *Tree) Remove(name string) error {
	p, err := t.walk(name, false)
	if err != nil {
		return fmt.Errorf("removing %q: %w", name, err)
	}
	if p.isRoot() {
		return fmt.Errorf("removing %q: it is the root", name)
	}
	if n := p.node(); n != 0 {
		t.remove(n)
	}
	return nil
}

// existing finds a name that must exist.
func (t *Tree) existing(name string) (*resolvedPath, error) {
	p, err := t.walk(name, false)
	if err != nil {
		return nil, err
	}
	if p.node() == 0 {
		return nil, fmt.Errorf("%q does not exist", name)
	}
	return p, nil
}

// unlist takes a node out of its directory, whose table may know it still.
func (f *forest) unlist(n number) {
	at := &f.node(f.node(n).parent).first
	for *at != n {
		at = &f.node(*at).next
	}
	*at = f.node(n).next
	f.node(n).parent = 0
}
