package layer

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// Cache is a folder of packs, each in a folder named by the digest of its blob.
// Its methods may be called by several goroutines, and its folder be used by
// several processes.
type Cache struct {
	dir    string
	limits Limits

	mu   sync.Mutex
	busy map[sum]chan struct{} // the packs that are being made; closed when done
}

// Open opens the cache in a folder, which is made if it is not there. What
// crashed runs left behind in it is removed.
func Open(dir string, limits Limits) (*Cache, error) {
	fail := func(err error) (*Cache, error) { return nil, fmt.Errorf("opening the layer cache: %w", err) }
	if limits.Unpacked == 0 {
		limits.Unpacked = DefaultUnpacked
	}
	if limits.Unpacked < 0 {
		return fail(fmt.Errorf("the limit of --max-unpacked is negative: %d", limits.Unpacked))
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return fail(err)
	}
	// Layers have files that only root may read: so have their packs.
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fail(err)
	}
	if _, err := sweep(dir); err != nil {
		return fail(err)
	}
	return &Cache{dir: dir, limits: limits, busy: make(map[sum]chan struct{})}, nil
}

// Pack returns the pack of a layer. If it is not in the cache, the blob is read
// from what open returns, once and to the end, and nothing of it is kept unless
// size, digest and diffID are right. If several ask for one layer at a time, one
// reads and the others wait. The caller closes the pack.
//
// Errors of a broken layer wrap ErrCorrupt, those of one beyond the limits
// ErrTooLarge. All other errors may be gone at the next try.
func (c *Cache) Pack(ctx context.Context, b Blob, open func(context.Context) (io.ReadCloser, error)) (*Pack, error) {
	o, err := b.order()
	if err != nil {
		return nil, err
	}
	fail := func(err error) (*Pack, error) { return nil, fmt.Errorf("packing layer %s: %w", o.digest, err) }
	for {
		if p, err := c.cached(o); p != nil || err != nil {
			if err != nil {
				return fail(err)
			}
			return p, nil
		}
		done, other := c.reserve(o.digest)
		if other != nil {
			select {
			case <-other:
			case <-ctx.Done():
				return fail(ctx.Err())
			}
			continue // if the other one failed, it is our turn
		}
		p, err := c.make(ctx, o, open)
		done()
		if err != nil {
			return fail(err)
		}
		return p, nil
	}
}

// reserve says that the caller makes this pack, until it calls done; or returns
// a channel that tells when the one who does is done.
func (c *Cache) reserve(digest sum) (done func(), other <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ch, ok := c.busy[digest]; ok {
		return nil, ch
	}
	ch := make(chan struct{})
	c.busy[digest] = ch
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.busy, digest)
		close(ch)
	}, nil
}

func (c *Cache) path(digest sum) string { return filepath.Join(c.dir, hex.EncodeToString(digest[:])) }

// cached returns the pack if it is there and as ordered; nil if it must be made.
func (c *Cache) cached(o order) (*Pack, error) {
	p, err := c.good(o.digest)
	switch {
	case err == nil:
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, errDamaged):
		return nil, evict(c.path(o.digest), func() bool {
			p, err := c.good(o.digest)
			if err == nil {
				p.Close()
			}
			return errors.Is(err, fs.ErrNotExist) || errors.Is(err, errDamaged)
		})
	default:
		return nil, err
	}
	switch f := p.footer; {
	case o.Size >= 0 && o.Size != f.blobSize:
		err = corruptf("it has %d bytes, but the manifest says %d", f.blobSize, o.Size)
	case !o.anyDiff && o.diffID != f.diffID:
		err = wrongDiffID(o.diffID, f.diffID)
	default:
		return p, nil
	}
	p.Close()
	return nil, err
}

// good opens the pack of a digest if it is a whole one.
func (c *Cache) good(digest sum) (*Pack, error) {
	p, err := openPack(c.path(digest))
	if err == nil && p.footer.digest != digest {
		p.Close()
		return nil, damagedf("it is the pack of layer %s", p.footer.digest)
	}
	return p, err
}
