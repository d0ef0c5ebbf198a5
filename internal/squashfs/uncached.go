package squashfs

import (
	"context"
	"fmt"
	"math"

	"lxdocker/internal/block"
	"lxdocker/internal/durable"
	"lxdocker/internal/rootfs"
)

// stored is implemented by a rootfs.Lot whose contents are in a store, cut into blocks.
type stored interface {
	Stored(number uint32) (*block.Store, block.File)
}

// cutUncached cuts the other contents into blocks, in the order of the tree, in a
// file without a name.
func (p *plan) cutUncached(ctx context.Context) (err error) {
	var w *block.Writer
	c := &p.contents
	c.cut = make(map[uint32]block.File, len(p.scan.uncached))
	for _, f := range p.scan.uncached {
		if w == nil {
			if p.scratch, err = durable.Unnamed(p.options.Scratch, ".scratch-"); err != nil {
				return fmt.Errorf("making a file for blocks: %w", err)
			}
			w = block.NewWriter(p.options.Codec.Repeating(), p.scratch) // mostly our programs
			defer w.Discard()
		}
		if c.cut[f.inode], err = w.Add(ctx, f.Open(), f.Size()); err != nil {
			return p.withName(f.at, err)
		}
	}
	if w == nil {
		return nil
	}
	table, err := w.Finish(ctx)
	if err != nil {
		return err
	}
	store, err := block.NewStore(p.scratch, table, p.options.Codec, nil)
	if err != nil {
		return err
	}
	in := newInput(store, lastRank)
	c.own, c.inputs[store] = store, in
	p.inputs = append(p.inputs, in)
	return nil
}

// close frees the disk space of uncached contents.
func (p *plan) close() {
	if p.scratch != nil {
		_ = p.scratch.Close()
	}
}

// lastRank is the rank of our own contents, which no layer brought.
const lastRank = math.MaxInt32

func rankOf(ino *rootfs.Inode) int32 {
	if ino.Layer == 0 {
		return lastRank
	}
	return ino.Layer
}
