package squashfs

import (
	"context"
	"os"

	"lxdocker/internal/rootfs"
)

// plan is an image before its first byte is written.
type plan struct {
	options Options
	tree    *rootfs.Tree
	scan    scan

	contents  contents
	inputs    []*input
	scratch   *os.File // of contents that were in no store
	extents   []extent
	fragments []fragment
	end       int64 // of the data

	superblock superblock
	tables     [][]byte // in their order
	size       int64    // of the image, with its padding
}

func newPlan(ctx context.Context, t *rootfs.Tree, o Options) (*plan, error) {
	o.Codec = o.Codec.SingleThreaded() // memory is needed for the tree
	p := &plan{options: o, tree: t}
	if err := p.make(ctx); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *plan) make(ctx context.Context) error {
	if err := p.scanTree(ctx); err != nil {
		return err
	}
	if err := p.cutUncached(ctx); err != nil {
		return err
	}
	if err := p.arrange(ctx); err != nil {
		return err
	}
	t := newTableBuilder(ctx, p)
	for name, ino := range p.tree.Names() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := t.add(name, ino); err != nil {
			return err
		}
	}
	if err := t.finish(); err != nil {
		return err
	}
	p.assemble(t)
	return nil
}

// assemble puts the tables one after the other. Since version 5.11 the kernel
// checks that each ends where the next one begins.
func (p *plan) assemble(t *tableBuilder) {
	pos := p.end
	put := func(table []byte) uint64 {
		start := pos
		p.tables = append(p.tables, table)
		pos += int64(len(table))
		return uint64(start)
	}
	lookup := func(write func(*metadata)) uint64 {
		m := newMetadata(p.options.Codec)
		write(m)
		table, start := m.lookup(pos)
		put(table)
		return start
	}
	s := &p.superblock
	s.inodes, s.root = p.scan.inodes, t.root
	s.fragments, s.ids = uint32(len(p.fragments)), uint16(len(t.ids.list))
	s.inodeTable = put(t.inodes.stored)
	s.directoryTable = put(t.directories.stored)
	s.fragmentTable = lookup(func(m *metadata) { writeFragments(m, p.fragments) })
	s.exportTable = lookup(t.export.writeTo)
	s.idTable = lookup(t.ids.writeTo)
	var xattrs []byte
	xattrs, s.xattrTable = t.xattrs.table(pos)
	put(xattrs)
	s.used = pos
	s.flags = flagDuplicates | flagExportable
	if s.fragments == 0 {
		s.flags |= flagNoFragments
	}
	if s.xattrTable == invalid {
		s.flags |= flagNoXattrs
	}
	p.size = (pos + alignment - 1) / alignment * alignment
}
