package build

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"golang.org/x/sync/semaphore"

	"lxdocker/internal/block"
	"lxdocker/internal/image"
	"lxdocker/internal/layer"
	"lxdocker/internal/lxdimage"
	"lxdocker/internal/oci"
	"lxdocker/internal/progress"
)

// Builder turns OCI images into LXD images. All fields but the limits must be set.
type Builder struct {
	Sources   *oci.Client
	Layers    *layer.Cache
	Retention layer.Retention // of layers that no spec needs any more; its Now is not used
	Keep      image.Retention // of versions that are offered
	NoDeltas  bool            // versions have none
	Busybox   Busybox
	Format    lxdimage.Format
	MaxImage  int64 // bytes that the layers of an image may have, compressed; 0: any number
	Display   progress.Display
	Log       *slog.Logger
	Now       func() time.Time

	limits limits
}

// limits is how much goes on at once, in one run. Fetching and unpacking layers
// is bound by the network and by one core each; assembling an image keeps all
// cores and the disk busy by itself.
type limits struct {
	jobs     int64
	layers   *semaphore.Weighted // as many as jobs
	assemble *semaphore.Weighted
}

// MaxJobs is how many layers are worked on at once at most. All that a run has in
// memory is less than 256 MiB, however many cores there are:
//
//	program and the Go runtime        15 MiB
//	layers                            24      four for each
//	windows of their zstd            128      package layer: all together
//	blocks and encoders           63, 87      package block: eight cores; or two, for best
//
// A large tree takes the places of layers (limits.tree).
const MaxJobs = 6

// New completes a Builder: jobs is how many layers are worked on at once, and no
// more than MaxJobs.
func New(b Builder, jobs int) *Builder {
	jobs = min(jobs, MaxJobs)
	b.limits = limits{jobs: int64(jobs), layers: semaphore.NewWeighted(int64(jobs)), assemble: semaphore.NewWeighted(1)}
	return &b
}

// wholeTree is how many files a tree has that is assembled alone: with the tables
// that are made of it, it takes 150 MiB.
const wholeTree = 400_000

// tree is how many places of layers a tree takes: none, mostly.
func (l limits) tree(files int64) int64 { return l.jobs * min(files, wholeTree) / wholeTree }

// during runs f while it holds so many places of s.
func during(ctx context.Context, s *semaphore.Weighted, places int64, f func() error) error {
	if err := s.Acquire(ctx, places); err != nil {
		return err
	}
	defer s.Release(places)
	return f()
}

// healing runs f again when a layer in the cache turned out to be damaged: the
// cache has let go of it by then, and fetches it anew. All layers may be.
func (b *Builder) healing(layers int, f func() error) error {
	err := f()
	for range layers {
		if !errors.Is(err, block.ErrDamaged) {
			break
		}
		b.Log.Warn("the cache is damaged: starting over", "error", err)
		err = f()
	}
	return err
}
