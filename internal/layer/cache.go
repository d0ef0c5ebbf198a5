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

	"golang.org/x/sync/semaphore"

	"lxdocker/internal/block"
)

// Cache is a folder of packs, each in a folder named by the digest of its blob
// and the level of its compression. It makes and returns those of one level.
// Its methods may be called by several goroutines, and its folder be used by
// several processes.
type Cache struct {
	dir         string
	maxUnpacked int64
	codec       *block.Codec
	windows     *semaphore.Weighted // bytes of allWindows

	mu   sync.Mutex
	busy map[sum]chan struct{} // the packs that are being made; closed when done
	open map[string]int        // how many users a pack has, by its folder's name
}

// Open opens the cache in a folder, which is made if it is not there. What
// crashed runs left behind in it is removed. A layer may expand to maxUnpacked
// bytes; 0 means DefaultUnpacked. The codec may serve others, too.
func Open(dir string, maxUnpacked int64, c *block.Codec) (*Cache, error) {
	fail := func(err error) (*Cache, error) { return nil, fmt.Errorf("opening the layer cache: %w", err) }
	if maxUnpacked == 0 {
		maxUnpacked = DefaultUnpacked
	}
	if maxUnpacked < 0 {
		return fail(fmt.Errorf("the limit of --max-unpacked is negative: %d", maxUnpacked))
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
	return &Cache{
		dir: dir, maxUnpacked: maxUnpacked, codec: c, windows: semaphore.NewWeighted(allWindows),
		busy: make(map[sum]chan struct{}), open: make(map[string]int),
	}, nil
}

// Codec is what the cache's packs are made and read with.
func (c *Cache) Codec() *block.Codec { return c.codec }

// Dir is the folder of the cache, as an absolute path. Others may make files in it
// that have no name any more.
func (c *Cache) Dir() string { return c.dir }

// Pack returns the pack of a layer. If it is not in the cache, the blob is read
// from what open returns, once and to the end, and nothing of it is kept unless
// size, digest and diffID are right. The reader's Close may be called while a Read
// is under way, which must end then: no Read outlasts Pack. If several ask for one layer at a time, one
// reads and the others wait. The caller closes the pack.
//
// The kind of an error (package failure) is Corrupt if the layer is broken, TooLarge
// if it is beyond the limits, Unsupported if it is well made but cannot be read
// here. Errors of the source keep theirs.
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
			return c.used(p), nil
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
		if err == nil {
			c.used(p)
		}
		done()
		if err != nil {
			return fail(err)
		}
		return p, nil
	}
}

// used remembers that a pack is open, and when that was last so.
func (c *Cache) used(p *Pack) *Pack {
	touch(p.dir)
	name := filepath.Base(p.dir)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open[name]++
	p.closed = sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.open[name]--; c.open[name] == 0 {
			delete(c.open, name)
		}
	})
	return p
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

// name is that of a pack's folder.
func (c *Cache) name(digest sum) string {
	return hex.EncodeToString(digest[:]) + "." + string(c.codec.Level())
}

func (c *Cache) path(digest sum) string { return filepath.Join(c.dir, c.name(digest)) }

// cached returns the pack if it is there and as ordered; nil if it must be made.
func (c *Cache) cached(o order) (*Pack, error) {
	p, err := c.good(o.digest)
	switch {
	case err == nil:
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, block.ErrDamaged):
		return nil, evict(c.path(o.digest), func() bool {
			p, err := c.good(o.digest)
			if err == nil {
				_ = p.Close()
			}
			return errors.Is(err, fs.ErrNotExist) || errors.Is(err, block.ErrDamaged)
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
	_ = p.Close()
	return nil, err
}

// good opens the pack of a digest if it is a whole one.
func (c *Cache) good(digest sum) (*Pack, error) {
	p, err := openPack(c.path(digest), c.codec)
	if err == nil && p.footer.digest != digest {
		_ = p.Close()
		return nil, damagedf("it is the pack of layer %s", p.footer.digest)
	}
	return p, err
}
