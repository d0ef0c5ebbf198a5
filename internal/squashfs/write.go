package squashfs

import (
	"context"
	"fmt"
	"io"

	"lxdocker/internal/block"
	"lxdocker/internal/rootfs"
)

// Options are what an image is written with.
type Options struct {
	Codec    *block.Codec
	Scratch  string            // a folder, for contents that no Store has
	Started  func(total int64) // if not nil, gets the size of the image before the first byte is written
	Progress func(n int64)     // if not nil, gets the number of bytes of each write
}

// Cloner is a writer that can share disk blocks with a file instead of writing
// bytes. p is what src holds at off.
type Cloner interface {
	WriteFrom(p []byte, src io.ReaderAt, off int64) (int, error)
}

// Write writes the tree to w, front to back. If w is a Cloner, long runs of blocks
// go through WriteFrom.
//
// Contents of a rootfs.Lot with a method Stored(number uint32) (*block.Store, block.File) are
// copied as they are; others are cut into blocks first. The same tree and the same blocks become the
// same bytes. An error that wraps block.ErrDamaged says that a Store is not what it
// was. After any error, what w got is useless.
func Write(ctx context.Context, w io.Writer, t *rootfs.Tree, o Options) error {
	p, err := newPlan(ctx, t, o)
	if err != nil {
		return fmt.Errorf("writing squashfs: %w", err)
	}
	defer p.close()
	if o.Started != nil {
		o.Started(p.size)
	}
	if err := p.write(ctx, &output{w: w, progress: o.Progress}); err != nil {
		return fmt.Errorf("writing squashfs: %w", err)
	}
	return nil
}
