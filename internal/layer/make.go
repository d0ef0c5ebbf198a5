package layer

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

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
	if err := c.unpack(ctx, made, want, open); err != nil {
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

// unpack has the files of a pack written into a folder.
func (c *Cache) unpack(ctx context.Context, dir string, want blobRequest, open opener) error {
	if want.Windows == nil {
		want.Windows = c.windows
	}
	if want.Unpacker != nil {
		return want.Unpacker.Unpack(ctx, dir, want.Blob, c.maxUnpacked, open)
	}
	return c.local.unpack(ctx, dir, want, c.maxUnpacked, open)
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
