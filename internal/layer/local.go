package layer

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"lxdocker/internal/block"
)

// Unpacker writes the files of a pack into a folder. Package unpacking has one that does so
// in another process.
type Unpacker interface {
	// Unpack reads a blob once and to the end from what open returns, and verifies it. The
	// blob may expand to limit bytes, and has windows. Errors are those of Cache.Pack.
	Unpack(ctx context.Context, dir string, b Blob, limit int64, open func(context.Context) (io.ReadCloser, error)) error
}

// Local unpacks in this process.
type Local struct {
	codec *block.Codec
	spare spare
}

var _ Unpacker = (*Local)(nil)

// NewLocal returns an Unpacker that compresses with a codec, which may serve others, too.
func NewLocal(c *block.Codec) *Local { return &Local{codec: c} }

// ReleaseIdle frees the memory that its codec keeps.
func (l *Local) ReleaseIdle() { l.codec.ReleaseIdle() }

// Unpack implements Unpacker.
func (l *Local) Unpack(ctx context.Context, dir string, b Blob, limit int64, open func(context.Context) (io.ReadCloser, error)) error {
	want, err := b.parse()
	if err != nil {
		return err
	}
	return l.unpack(ctx, dir, want, limit, open)
}

func (l *Local) unpack(ctx context.Context, dir string, want blobRequest, limit int64, open opener) (err error) {
	defer func() {
		if err != nil {
			want.took.giveBack()
		}
	}()
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
	bw := block.NewWriter(l.codec, blocks)
	defer bw.Discard()
	u := &unpacker{want: want, limit: limit, left: limit, metadata: maxMetadata, index: iw, blocks: bw}
	blobSize, diffID, err := want.run(ctx, want.Windows, limit, &l.spare, open, u.unpack)
	if err != nil {
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
