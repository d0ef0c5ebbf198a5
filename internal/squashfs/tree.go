package squashfs

import (
	"context"
	"fmt"
	"slices"

	"lxdocker/internal/rootfs"
)

// tableBuilder turns names and inodes into the tables of inodes and directories.
type tableBuilder struct {
	plan        *plan
	inodes      *metadata
	directories *metadata
	ids         *idTable
	xattrs      *xattrTable
	export      exportTable
	open        []*directory        // from the root down to the current one
	spare       []*directory        // for reuse
	linked      map[uint32]dirEntry // of inodes with several names, once stored, by the tree's number
	numbers     uint32              // how many inodes were numbered
	contents    int                 // how many contents were used
	root        reference
	buf         []byte
	ctx         context.Context // of the work
}

func newTableBuilder(ctx context.Context, p *plan) *tableBuilder {
	c := p.options.Codec
	return &tableBuilder{
		ctx:         ctx,
		plan:        p,
		inodes:      newMetadata(c),
		directories: newMetadata(c),
		ids:         newIDTable(),
		xattrs:      newXattrTable(c),
		export:      make(exportTable, p.scan.inodes),
		linked:      make(map[uint32]dirEntry),
	}
}

// add takes the next name of the tree. Inodes are numbered in the order of the tree;
// a directory is stored after everything below it.
func (t *tableBuilder) add(name rootfs.Name, ino *rootfs.Inode) error {
	for len(t.open) > name.Depth {
		if err := t.closeDir(); err != nil {
			return err
		}
	}
	var err error
	if ino.Kind == rootfs.Dir {
		err = t.enterDir(name, ino)
	} else {
		err = t.addFile(name.Base(), ino)
	}
	if err != nil {
		return fmt.Errorf("%q: %w", name, err)
	}
	return nil
}

// header numbers an inode, its owners and its extended attributes.
func (t *tableBuilder) header(ino *rootfs.Inode) (h header, err error) {
	t.numbers++
	h = header{inode: ino, number: t.numbers, links: 1}
	if h.uid, err = t.ids.number(ino.UID); err != nil {
		return h, err
	}
	if h.gid, err = t.ids.number(ino.GID); err != nil {
		return h, err
	}
	h.xattrs, err = t.xattrs.number(ino.Xattrs)
	return h, err
}

func (t *tableBuilder) enterDir(name rootfs.Name, ino *rootfs.Inode) error {
	h, err := t.header(ino)
	if err != nil {
		return err
	}
	h.links = 2
	// The root has no parent; mksquashfs writes a number there that no inode has.
	parent := t.plan.scan.inodes + 1
	if n := len(t.open); n > 0 {
		parent = t.open[n-1].header.number
	}
	d := &directory{}
	if n := len(t.spare); n > 0 {
		d, t.spare = t.spare[n-1], t.spare[:n-1]
	}
	// Lists of a million entries would otherwise be left behind as they grow.
	count, bytes := name.Entries()
	entries, names := slices.Grow(d.entries[:0], count), slices.Grow(d.names[:0], bytes)
	*d = directory{header: h, name: name.Base(), parent: parent, entries: entries, names: names, buf: d.buf}
	t.open = append(t.open, d)
	return nil
}

// closeDir stores the innermost directory and adds it to the one above.
func (t *tableBuilder) closeDir() error {
	last := len(t.open) - 1
	d := t.open[last]
	t.open = t.open[:last]
	defer func() { t.spare = append(t.spare, d) }()
	l, err := d.writeTo(t.ctx, t.directories)
	if err != nil {
		return fmt.Errorf("a directory %q: %w", d.name, err)
	}
	at, err := t.store(d.header.number, d.header.appendDir(t.buf[:0], l, d.parent))
	if err != nil {
		return err
	}
	if last == 0 {
		t.root = at
		return nil
	}
	t.open[last-1].add(d.name, newDirEntry(at, d.header.number, typeDir))
	return nil
}

// addFile adds anything but a directory to the current directory, and stores it if
// this is its first name.
func (t *tableBuilder) addFile(name []byte, ino *rootfs.Inode) error {
	parent := t.open[len(t.open)-1]
	if e, ok := t.linked[ino.Number]; ok {
		parent.add(name, e)
		return nil
	}
	h, err := t.header(ino)
	if err != nil {
		return err
	}
	links := t.plan.scan.links[ino.Number]
	h.links = links
	b := t.buf[:0]
	if ino.Kind == rootfs.File {
		d := data{fragment: noFragment}
		if hasContent(ino) {
			d = t.plan.data(t.contents)
			t.contents++
		}
		b = h.appendFile(b, d)
	} else if b, err = h.appendSpecial(b); err != nil {
		return err
	}
	at, err := t.store(h.number, b)
	if err != nil {
		return err
	}
	e := newDirEntry(at, h.number, typeOf(ino.Kind))
	if links > 1 {
		t.linked[ino.Number] = e
	}
	parent.add(name, e)
	return nil
}

// store appends an inode to the table.
func (t *tableBuilder) store(number uint32, b []byte) (reference, error) {
	at := t.inodes.here()
	t.export.set(number, at)
	t.inodes.write(b)
	t.buf = b
	return at, t.inodes.check()
}

// finish closes all open directories, the root included.
func (t *tableBuilder) finish() error {
	for len(t.open) > 0 {
		if err := t.closeDir(); err != nil {
			return err
		}
	}
	t.inodes.flush()
	t.directories.flush()
	return nil
}
