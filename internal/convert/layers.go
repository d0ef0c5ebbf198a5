package convert

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"

	"golang.org/x/sync/errgroup"

	"lxdocker/internal/background"
	"lxdocker/internal/layer"
	"lxdocker/internal/oci"
	"lxdocker/internal/progress"
)

// packs gets every layer ready, several at once.
func (c *Conversion) packs(ctx context.Context) ([]*layer.Pack, error) {
	c.task.Fetch(len(c.source.Layers), c.size())
	packs := make([]*layer.Pack, len(c.source.Layers))
	budget := c.budget()
	work, end := context.WithCancelCause(ctx)
	defer end(nil)
	var windows layer.Windows // those of the cache
	if c.OnDemand {
		windows = c.converter.limits.windows(end)
	}
	group, ctx := errgroup.WithContext(work)
	permit := c.permits(background.Spared(ctx))
	for _, i := range largestFirst(c.source.Layers) {
		release, err := permit(ctx)
		if err != nil {
			break
		}
		group.Go(func() (err error) {
			defer release()
			packs[i], err = c.pack(ctx, c.source.Layers[i], budget, windows)
			return err
		})
	}
	err := group.Wait()
	if err == nil || errors.Is(context.Cause(work), errSlowly) {
		err = context.Cause(work) // not all were asked for then
	}
	if err != nil {
		closeAll(packs)
		return nil, err
	}
	return packs, nil
}

// permits says how to wait for a permit to work on a layer, of an image that somebody waits
// for, or not.
func (c *Conversion) permits(spared bool) func(context.Context) (release func(), err error) {
	limits := c.converter.limits
	if c.OnDemand {
		own := make(chan struct{}, 1)
		if spared {
			own = make(chan struct{}, ownLayers)
		}
		return func(ctx context.Context) (func(), error) { return limits.layer(ctx, own) }
	}
	return func(ctx context.Context) (func(), error) {
		return func() { limits.layers.Release(1) }, limits.layers.Acquire(ctx, 1)
	}
}

// largestFirst lists the numbers of layers, so that none of those that take long
// is left for the end, when the others have nothing more to do.
func largestFirst(layers []oci.Layer) []int {
	order := make([]int, len(layers))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(layers[b].Size, layers[a].Size) })
	return order
}

// maxFetches is how often a layer is fetched of which other bytes come: memory, disks and
// caches on the way make mistakes.
const maxFetches = 3

func (c *Conversion) pack(ctx context.Context, l oci.Layer, budget *layer.Budget, windows layer.Windows) (*layer.Pack, error) {
	pack, err := c.fetch(ctx, l, budget, windows)
	for n := 1; n < maxFetches && ctx.Err() == nil; n++ {
		switch {
		case errors.Is(err, layer.ErrOtherBytes):
			c.converter.Log.Warn("the bytes of a layer came wrong: fetching it again", "image", c.source.Reference.String(), "layer", l.Digest, "error", err)
		case errors.Is(err, layer.ErrUnpackerEnded): // perhaps because of another layer
			c.converter.Log.Warn("the process that unpacks layers has ended: fetching a layer again", "image", c.source.Reference.String(), "layer", l.Digest, "error", err)
		default:
			return pack, err
		}
		pack, err = c.fetch(ctx, l, budget, windows)
	}
	return pack, err
}

// littleLayer is up to how many bytes a layer has that is mostly unpacked before it could be
// handed over to another process.
const littleLayer = 2 << 20

// errLong is said of one that takes longer than that.
var errLong = errors.New("it takes longer than a little layer should")

// fetch gets a layer ready, here or in another process. A little one for which somebody waits
// begins here, and begins again in the other process if that turns out to take long.
func (c *Conversion) fetch(ctx context.Context, l oci.Layer, budget *layer.Budget, windows layer.Windows) (*layer.Pack, error) {
	apart := c.converter.Unpacking
	if apart == nil {
		return c.fetchWith(ctx, nil, l, budget, windows)
	}
	if left := background.SparedFor(ctx); left > 0 && l.Size >= 0 && l.Size <= littleLayer {
		here, end := context.WithTimeoutCause(ctx, left, errLong)
		pack, err := c.fetchWith(here, nil, l, budget, windows)
		long := err != nil && ctx.Err() == nil && errors.Is(context.Cause(here), errLong)
		end()
		if !long {
			return pack, err
		}
	}
	return c.fetchWith(ctx, apart, l, budget, windows)
}

// fetchWith gets a layer ready with an unpacker; nil: here.
func (c *Conversion) fetchWith(ctx context.Context, unpacker layer.Unpacker, l oci.Layer, budget *layer.Budget, windows layer.Windows) (*layer.Pack, error) {
	var fetch progress.Layer
	blob := layer.Blob{Digest: l.Digest, DiffID: l.DiffID, MediaType: l.MediaType, Size: l.Size, Budget: budget, Windows: windows, Unpacker: unpacker}
	pack, err := c.converter.Layers.Pack(ctx, blob, func(ctx context.Context) (io.ReadCloser, error) {
		body, err := c.source.Open(ctx, l)
		if err != nil {
			return nil, err
		}
		fetch = c.task.Layer(l.Digest, l.Size)
		return countedBlob{body, fetch}, nil
	})
	if fetch != nil {
		fetch.End(err)
	} else if err == nil {
		c.task.Known(l.Digest, l.Size)
	}
	if err != nil {
		return nil, err // it names the layer
	}
	if err := c.prove(ctx, l, fetch != nil); err != nil {
		_ = pack.Close()
		return nil, err
	}
	return pack, nil
}

// countedBlob reports how much of a blob has arrived.
type countedBlob struct {
	io.ReadCloser
	layer progress.Layer
}

func (c countedBlob) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.layer.Add(int64(n))
	return n, err
}

func closeAll(packs []*layer.Pack) {
	for _, p := range packs {
		if p != nil {
			_ = p.Close()
		}
	}
}
