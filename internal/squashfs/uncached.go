package squashfs

import (
	"context"
	"fmt"
	"math"

	"lxdocker/internal/block"
	"lxdocker/internal/durable"
	"lxdocker/internal/rootfs"
)

// stored is implemented by contents that are in a store, cut into blocks.
type stored interface {
	Stored() (*block.Store, block.File)
}

// cutUncached cuts the other contents into blocks, in the order of the tree, in a
// file without a name. Of contents, it sets only where they lie in that.
func (p *plan) cutUncached(ctx context.Context) (err error) {
	var w *block.Writer
	for i, f := range p.scan.files {
		if _, ok := f.Content.(stored); ok {
			continue
		}
		if w == nil {
			if p.scratch, err = durable.Unnamed(p.options.Scratch, ".scratch-"); err != nil {
				return fmt.Errorf("making a file for blocks: %w", err)
			}
			w = block.NewWriter(p.options.Codec, p.scratch)
			defer w.Discard()
		}
		if p.contents[i].File, err = w.Add(ctx, f.Open(), f.Size()); err != nil {
			return withName(p.tree, f, err)
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
	p.uncached = newInput(store, lastRank)
	return nil
}

// close frees the disk space of uncached contents.
func (p *plan) close() {
	if p.scratch != nil {
		_ = p.scratch.Close()
	}
}

// locate finds the input of each content.
func (p *plan) locate() {
	known := make(map[*block.Store]*input)
	for i, f := range p.scan.files {
		c := &p.contents[i]
		s, ok := f.Content.(stored)
		if !ok {
			c.input = p.uncached
			continue
		}
		var store *block.Store
		store, c.File = s.Stored()
		if c.input = known[store]; c.input == nil {
			c.input = newInput(store, f.rank)
			known[store] = c.input
			p.inputs = append(p.inputs, c.input)
		}
		c.input.rank = min(c.input.rank, f.rank)
	}
	if p.uncached != nil {
		p.inputs = append(p.inputs, p.uncached)
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
