package convert

import (
	"context"
	"errors"

	"golang.org/x/sync/semaphore"

	"lxdocker/internal/block"
)

// MaxJobs is how many layers are worked on at once at most. All that a process has
// in memory is less than 256 MiB, however many cores there are:
//
//	program and the Go runtime        15 MiB
//	layers                            24      four for each
//	windows of their zstd            128      package layer: all together
//	blocks and encoders           63, 87      package block: eight cores; or two, for best
//
// A large tree takes the permits of layers (limits.tree).
const MaxJobs = 6

// limits is how much goes on at once, in all conversions together. Fetching and
// unpacking layers is bound by the network and by one core each; assembling an
// image keeps all cores and the disk busy by itself.
type limits struct {
	jobs     int64
	layers   *semaphore.Weighted // as many permits as jobs
	assemble *semaphore.Weighted
}

func newLimits(jobs int) limits {
	jobs = min(jobs, MaxJobs)
	return limits{jobs: int64(jobs), layers: semaphore.NewWeighted(int64(jobs)), assemble: semaphore.NewWeighted(1)}
}

// largeTree is how many files a tree has that is assembled alone: with the tables
// that are made of it, it takes some 220 bytes for each.
const largeTree = 400_000

// tree is how many permits of layers a tree takes: none, mostly.
func (l limits) tree(files int64) int64 { return l.jobs * min(files, largeTree) / largeTree }

// withPermits runs f while it holds so many permits of s.
func withPermits(ctx context.Context, s *semaphore.Weighted, permits int64, f func() error) error {
	if err := s.Acquire(ctx, permits); err != nil {
		return err
	}
	defer s.Release(permits)
	return f()
}

// retryDamaged runs f again when a layer in the cache turned out to be damaged: the
// cache has let go of it by then, and fetches it anew. All layers may be.
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
