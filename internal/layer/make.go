package layer

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"lxdocker/internal/block"
	"lxdocker/internal/durable"
)

// make makes a pack in a temporary folder and renames that when the pack is complete.
func (c *Cache) make(ctx context.Context, want blobRequest, open opener) (*Pack, error) {
	scratch, err := c.newScratch()
	if err != nil {
		return nil, err
	}
	defer func() { _ = scratch.Release() }() // the next sweep does what this cannot
	made := filepath.Join(scratch.Dir, "pack")
	if err := os.Mkdir(made, 0o700); err != nil {
		return nil, err
	}
	if err := c.fill(ctx, made, want, open); err != nil {
		return nil, err
	}
	if err := durable.Sync(made); err != nil {
		return nil, err
	}
	p, err := openPack(made, c.codec)
	if err != nil {
		return nil, err
	}
	p.folder = c.folder
	other, err := c.publish(made, p, want)
	if err != nil || other != nil {
		_ = p.Close()
		return other, err
	}
	c.size.Add(usage(p.dir))
	return p, nil
}

// publish moves a new pack to its place. If another process was faster, publish returns
// that pack, unless it is invalid.
func (c *Cache) publish(made string, p *Pack, want blobRequest) (*Pack, error) {
	path := c.path(want.digest)
	for {
		err := c.exclusively(func() error { return os.Rename(made, path) })
		if err == nil {
			p.dir = path
			return nil, durable.Sync(c.dir)
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		// An invalid pack is evicted by this, and then it is our turn again.
		if other, err := c.cached(want); other != nil || err != nil {
			return other, err
		}
	}
}

// fill writes the pack of one blob into a folder.
func (c *Cache) fill(ctx context.Context, dir string, want blobRequest, open opener) error {
	index, err := os.OpenFile(filepath.Join(dir, indexName), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer index.Close()
	blocks, err := os.OpenFile(filepath.Join(dir, blocksName), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer blocks.Close()
	iw, err := newIndexWriter(index)
	if err != nil {
		return err
	}
	bw := block.NewWriter(c.codec, blocks)
	defer bw.Discard()
	u := &unpacker{want: want, limit: c.maxUnpacked, left: c.maxUnpacked, metadata: maxMetadata, index: iw, blocks: bw}
	var windows Windows = c.windows
	if want.Windows != nil {
		windows = want.Windows
	}
	blobSize, diffID, err := want.run(ctx, windows, c.maxUnpacked, &c.spare, open, u.unpack)
	if err != nil {
		want.took.giveBack()
		return err
	}
	table, err := bw.Finish(ctx)
	if err != nil {
		return err
	}
	if err := iw.finish(table, blobSize, want.digest, diffID); err != nil {
		return err
	}
	if err := index.Sync(); err != nil {
		return err
	}
	return syncBlocks(ctx, blocks)
}

// syncBlocks syncs the blocks to disk. On a slow disk that takes longer than a caller who
// has given up wants to wait.
func syncBlocks(ctx context.Context, blocks *os.File) error {
	done := make(chan error, 1)
	go func() { done <- blocks.Sync() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
