package convert

import (
	"context"
	"errors"

	"golang.org/x/sync/semaphore"

	"lxdocker/internal/block"
	"lxdocker/internal/rootfs"
)

// MaxJobs is how many layers are worked on at once at most. All that a process has
// in memory is less than 256 MiB, however many cores there are:
//
//	program and the Go runtime        15 MiB
//	layers                            24      four for each
//	windows of their zstd            128      package layer: all together, of specs
//	blocks and encoders           63, 87      package block: eight cores; or two, for best
//
// A large tree takes the permits of layers (limits.tree). Images of strangers have windows
// of their own, of 8 MiB each, and one of them a larger tree or window at a time.
const MaxJobs = 6

// limits is how much goes on at once, in all conversions together. Fetching and
// unpacking layers is bound by the network and by one core each; assembling an
// image keeps all cores and the disk busy by itself.
//
// What strangers ask for has permits of its own, as they can make it take for ever: no
// registry of theirs keeps specs waiting, nor other strangers.
type limits struct {
	jobs     int64
	layers   *semaphore.Weighted // as many permits as jobs: of specs, and newer versions
	more     *semaphore.Weighted // for what is asked for, beside those of each image
	assemble *semaphore.Weighted // of trees that are not small: one at a time
	large    *large              // of what is asked for, who may wait for assemble, or has a wide window
	small    *semaphore.Weighted // of small trees here
	apart    *semaphore.Weighted // of small trees in processes of their own
}

func newLimits(jobs int) limits {
	n := int64(min(jobs, MaxJobs))
	return limits{
		jobs: n, layers: semaphore.NewWeighted(n), more: semaphore.NewWeighted(max(1, n-ownLayers)),
		assemble: semaphore.NewWeighted(1), large: newLarge(), small: semaphore.NewWeighted(smallTrees), apart: semaphore.NewWeighted(smallApart),
	}
}

const (
	// largeTree is how many files a tree has that is assembled alone: with the tables
	// that are made of it, it takes some 220 bytes for each.
	largeTree = 400_000
	// largerTree is one for which a process of its own takes up to 140 MiB: it gets so many bytes
	// of what may be taken for unpacking, and some here; one of less gets fewer.
	largerTree, larger, smaller, alsoHere = 100_000, 55 << 20, 20 << 20, 24 << 20
	// smallTree is one that takes little memory, and mostly little time.
	smallTree = 20_000
	// smallTrees is how many of them are assembled at once here, and in processes of their own,
	// each of which takes some 20 MiB.
	smallTrees, smallApart = 4, 2
)

// expected is how large a tree may become that is assembled as one of so many files; nil:
// as large as it likes, as it is alone. Entries have names of any length, and directories on their way that
// have no entry: a thousand files can be a tree of millions.
func expected(files int64) *rootfs.Limits {
	if files > smallTree {
		return nil
	}
	const directories, names = 2, 512 // for each file, much more than is usual
	return &rootfs.Limits{Entries: directories * smallTree, Metadata: names * smallTree}
}

// tree is how many permits of layers a tree takes: none, mostly.
func (l limits) tree(files int64) int64 { return l.jobs * min(files, largeTree) / largeTree }

// ownLayers is on how many layers of an image of a stranger is worked at once whatever others
// do: most small images have no more. Of one that takes long, it is one.
const ownLayers = 3

// layer waits for a permit to work on one more layer of an image of a stranger. The first
// ones are its own: nobody makes it wait for those. own has room for ownLayers.
func (l limits) layer(ctx context.Context, own chan struct{}) (release func(), err error) {
	giveBack := func() { <-own }
	select {
	case own <- struct{}{}:
		return giveBack, nil
	default:
	}
	if l.more.TryAcquire(1) {
		return func() { l.more.Release(1) }, nil
	}
	select {
	case own <- struct{}{}:
		return giveBack, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// assembling runs f, which assembles a tree of so many files, when it may. If the tree
// turns out to be larger, f is run again as for one of the largest.
func (l limits) assembling(ctx context.Context, files int64, onDemand, apart bool, f func(files int64) error) error {
	err := l.assemblingAs(ctx, files, onDemand, apart, func() error { return f(files) })
	if !errors.Is(err, rootfs.ErrLarger) {
		return err
	}
	return l.assemblingAs(ctx, largeTree, onDemand, apart, func() error { return f(largeTree) })
}

func (l limits) assemblingAs(ctx context.Context, files int64, onDemand, apart bool, f func() error) error {
	switch {
	case files <= smallTree && apart:
		return withPermits(ctx, l.apart, 1, f)
	case files <= smallTree:
		return withPermits(ctx, l.small, 1, f)
	}
	alone := func() error {
		return withPermits(ctx, l.assemble, 1, func() error {
			return withPermits(ctx, l.layers, l.tree(files), f)
		})
	}
	if !onDemand {
		return alone()
	}
	if err := l.large.take(ctx, nil); err != nil {
		return err
	}
	defer l.large.give()
	return alone()
}

// withPermits runs f while it holds so many permits of s.
func withPermits(ctx context.Context, s *semaphore.Weighted, permits int64, f func() error) error {
	if err := s.Acquire(ctx, permits); err != nil {
		return err
	}
	defer s.Release(permits)
	return f()
}

// retryDamaged runs f again when a layer in the cache turned out to be damaged: the cache
// has removed it by then, and fetches it again. All layers may be damaged.
func (c *Conversion) retryDamaged(f func() error) error {
	err := f()
	for range c.source.Layers {
		if !errors.Is(err, block.ErrDamaged) {
			break
		}
		c.converter.Log.Warn("the cache is damaged: starting over", "error", err)
		err = f()
	}
	return err
}
