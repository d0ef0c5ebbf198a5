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
	"sync/atomic"

	"golang.org/x/sync/semaphore"

	"lxdocker/internal/block"
	"lxdocker/internal/durable"
)

// Cache is a folder of packs, each in a folder named by the digest of its blob and the
// level of its compression. A Cache makes and returns packs of one level. It is safe
// for concurrent use, and several processes may use its folder.
type Cache struct {
	*folder
	maxUnpacked int64
	codec       *block.Codec
	windows     *semaphore.Weighted // bytes of allWindows
	local       *Local

	measure sync.Once
	size    atomic.Int64 // bytes of disk, as far as is known

	mu   sync.Mutex
	busy map[sum]chan struct{} // packs that are being made; closed when done
	open map[string]int        // how many users each pack has, by the name of its folder
}

// Open opens the cache in a folder, which it creates if needed, and removes what crashed
// runs left behind there. A layer may expand to maxUnpacked bytes; 0 means
// DefaultUnpacked. The codec may serve others, too.
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
	d := &folder{dir: dir}
	if _, err := d.sweep(); err != nil {
		return fail(err)
	}
	return &Cache{
		folder: d, maxUnpacked: maxUnpacked, codec: c, windows: semaphore.NewWeighted(allWindows), local: NewLocal(c),
		busy: make(map[sum]chan struct{}), open: make(map[string]int),
	}, nil
}

// Codec is what the cache's packs are made and read with.
func (c *Cache) Codec() *block.Codec { return c.codec }

// Dir is the folder of the cache, as an absolute path. Others may make files in it
// that have no name any more.
func (c *Cache) Dir() string { return c.dir }

// Space says how much room there is for packs.
func (c *Cache) Space() (durable.Space, error) { return durable.SpaceOf(c.dir) }

// Has says whether there is a pack of a layer. It may turn out to be damaged when it is
// opened.
func (c *Cache) Has(digest string) bool {
	want, err := parseSum(digest)
	if err != nil {
		return false
	}
	_, err = os.Stat(filepath.Join(c.path(want), indexName))
	return err == nil
}

// Pack returns the pack of a layer. If it is not in the cache, the blob is read once and
// to the end from what open returns, and kept only if size, digest and diffID are right.
// Close of the reader may be called during a Read, and must end that: no Read outlasts
// Pack. If several callers need one layer, one reads it and the others wait. The caller
// closes the pack.
//
// The kind of an error (package failure) is Corrupt if the layer is broken, and the error
// ErrOtherBytes if that may be the source's fault alone, TooLarge
// if it exceeds the limit, Unsupported if it is valid but cannot be read here. Errors of
// the source keep theirs.
func (c *Cache) Pack(ctx context.Context, b Blob, open func(context.Context) (io.ReadCloser, error)) (*Pack, error) {
	want, err := b.parse()
	if err != nil {
		return nil, err
	}
	fail := func(err error) (*Pack, error) { return nil, fmt.Errorf("packing layer %s: %w", want.digest, err) }
	for {
		if p, err := c.cached(want); p != nil || err != nil {
			if err != nil {
				return fail(err)
			}
			return c.used(p), nil
		}
		done, other := c.reserve(want.digest)
		if other != nil {
			select {
			case <-other:
			case <-ctx.Done():
				return fail(ctx.Err())
			}
			continue // if they failed, it is our turn
		}
		p, err := c.cached(want) // somebody may have made it since we looked
		if p == nil && err == nil {
			p, err = c.make(ctx, want, open)
		}
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

// used records that a pack is open, and when it was last used.
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

// reserve lets the caller make this pack, until it calls done. If somebody else makes it,
// it returns a channel that is closed when they are done.
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

// cached returns the pack if it is in the cache and as wanted; nil if it must be made.
func (c *Cache) cached(want blobRequest) (*Pack, error) {
	p, err := c.openValid(want.digest)
	switch {
	case err == nil:
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, block.ErrDamaged):
		return nil, c.evict(c.path(want.digest), func() bool {
			p, err := c.openValid(want.digest)
			if err == nil {
				_ = p.Close()
			}
			return errors.Is(err, fs.ErrNotExist) || errors.Is(err, block.ErrDamaged)
		})
	default:
		return nil, err
	}
	switch f := p.footer; {
	case want.Size >= 0 && want.Size != f.blobSize:
		err = corruptf("it has %d bytes, but the manifest says %d", f.blobSize, want.Size)
	case !want.anyDiffID && want.diffID != f.diffID:
		err = wrongDiffID(want.diffID, f.diffID)
	default:
		return p, nil
	}
	_ = p.Close()
	return nil, err
}

// openValid opens the pack of a digest if it is complete.
func (c *Cache) openValid(digest sum) (*Pack, error) {
	p, err := openPack(c.path(digest), c.codec)
	if err == nil {
		p.folder = c.folder
	}
	if err == nil && p.footer.digest != digest {
		_ = p.Close()
		return nil, damagedf("it is the pack of layer %s", p.footer.digest)
	}
	return p, err
}
