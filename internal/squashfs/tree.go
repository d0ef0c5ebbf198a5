package squashfs

import (
	"fmt"
	"strings"

	"lxdocker/internal/rootfs"
)

// trees turns names and inodes into the tables of inodes and directories.
type trees struct {
	plan        *plan
	inodes      *metadata
	directories *metadata
	ids         *idTable
	xattrs      *xattrTable
	export      exportTable
	open        []*directory            // from the root down to where we are
	closed      []*directory            // for reuse
	linked      map[*rootfs.Inode]entry // those with several names that were met
	numbers     uint32                  // inodes that were met
	contents    int                     // and contents
	root        reference
	buf         []byte
}

func newTrees(p *plan) *trees {
	c := p.options.Codec
	return &trees{
		plan:        p,
		inodes:      newMetadata(c),
		directories: newMetadata(c),
		ids:         newIDTable(),
		xattrs:      newXattrTable(c),
		export:      make(exportTable, p.survey.inodes),
		linked:      make(map[*rootfs.Inode]entry),
	}
}

// add takes the next name of the tree. Inodes are numbered as they are met, and
// a directory is stored when all that is below it was.
func (t *trees) add(name string, ino *rootfs.Inode) error {
	depth := 0
	if name != "." {
		depth = strings.Count(name, "/") + 1
	}
	for len(t.open) > depth {
		if err := t.close(); err != nil {
			return err
		}
	}
	base := name[strings.LastIndexByte(name, '/')+1:]
	var err error
	if ino.Kind == rootfs.Dir {
		err = t.enter(base, ino)
	} else {
		err = t.leaf(base, ino)
	}
	if err != nil {
		return fmt.Errorf("%q: %w", name, err)
	}
	return nil
}

// header numbers an inode and what it refers to.
func (t *trees) header(ino *rootfs.Inode) (h header, err error) {
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

func (t *trees) enter(name string, ino *rootfs.Inode) error {
	h, err := t.header(ino)
	if err != nil {
		return err
	}
	h.links = 2
	// Nothing is above the root; mksquashfs gives it a number that no inode has.
	parent := t.plan.survey.inodes + 1
	if n := len(t.open); n > 0 {
		parent = t.open[n-1].header.number
	}
	d := &directory{}
	if n := len(t.closed); n > 0 {
		d, t.closed = t.closed[n-1], t.closed[:n-1]
	}
	*d = directory{header: h, name: strings.Clone(name), parent: parent, entries: d.entries[:0], names: d.names[:0], buf: d.buf}
	t.open = append(t.open, d)
	return nil
}

// close stores the innermost directory and names it in the one above.
func (t *trees) close() error {
	last := len(t.open) - 1
	d := t.open[last]
	t.open = t.open[:last]
	defer func() { t.closed = append(t.closed, d) }()
	l, err := d.list(t.directories)
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
	t.open[last-1].add(d.name, entry{inode: at, number: d.header.number, kind: typeDir})
	return nil
}

// leaf stores what is no directory, if this is its first name, and names it.
func (t *trees) leaf(name string, ino *rootfs.Inode) error {
	parent := t.open[len(t.open)-1]
	if e, ok := t.linked[ino]; ok {
		parent.add(name, e)
		return nil
	}
	h, err := t.header(ino)
	if err != nil {
		return err
	}
	links := t.plan.survey.links[ino]
	h.links = max(links, 1)
	e := entry{number: h.number, kind: typeOf(ino.Kind)}
	b := t.buf[:0]
	if ino.Kind == rootfs.File {
		d := data{fragment: noFragment}
		if hasContent(ino) {
			d = t.plan.data(t.plan.spots[t.contents])
			t.contents++
		}
		b = h.appendFile(b, d)
	} else if b, err = h.appendSpecial(b); err != nil {
		return err
	}
	if e.inode, err = t.store(h.number, b); err != nil {
		return err
	}
	if links > 1 {
		t.linked[ino] = e
	}
	parent.add(name, e)
	return nil
}

// store appends an inode to the table.
func (t *trees) store(number uint32, b []byte) (reference, error) {
	at := t.inodes.here()
	t.export.set(number, at)
	t.inodes.write(b)
	t.buf = b
	return at, t.inodes.check()
}

// finish closes what is open, the root too.
func (t *trees) finish() error {
	for len(t.open) > 0 {
		if err := t.close(); err != nil {
			return err
		}
	}
	t.inodes.flush()
	t.directories.flush()
	return nil
}
