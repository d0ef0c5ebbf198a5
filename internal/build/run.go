package build

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"lxdocker/internal/convert"
	"lxdocker/internal/image"
	"lxdocker/internal/progress"
	"lxdocker/internal/spec/diag"
	"lxdocker/internal/store"
)

// Request is what one run shall do.
type Request struct {
	Jobs []convert.Job
	// Whole says that Jobs and Kept are all there are: images of other specs, and
	// cached data nothing needs any more, go away.
	Whole bool
	// Kept are names of images that stay as they are.
	Kept []string
	// Wrong is what is wrong with other specs, for those who ask later.
	Wrong diag.Diagnostics
	// Background says that nobody waits for the run: rate limits of registries are
	// respected, and images of such registries stay as they are.
	Background bool
}

// atOnce is how many jobs are asked for at once: most of them wait for a
// registry, and the heavy parts have limits of their own.
const atOnce = 8

// Run brings the store in line with specs. The caller holds the store's lock. An
// error means that the run as a whole could not go on; images that failed are in
// the results.
func (b *Builder) Run(ctx context.Context, s store.Store, r Request) ([]Result, error) {
	if r.Whole {
		b.Runs.Begin(ctx)
	}
	results, err := b.bring(ctx, s, r)
	b.note(ctx, r, results, err)
	return results, err
}

func (b *Builder) bring(ctx context.Context, s store.Store, r Request) ([]Result, error) {
	now, err := s.Versions(ctx)
	if err != nil {
		return nil, err
	}
	if r.Whole && len(r.Jobs) == 0 && len(r.Kept) == 0 && !now.Empty() {
		return nil, errors.New("there is not one spec, but there are published images: not removing them all; is the --specs folder the right one?")
	}
	run := &run{Builder: b, Request: r, store: s, before: now, index: index{store: s, now: time.Now, log: b.Log, wrote: time.Now()}}
	defer run.index.stop()
	results := make([]Result, len(r.Jobs))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, j := range r.Jobs {
		group.Go(func() error {
			results[i] = run.one(ctx, j)
			return nil
		})
	}
	_ = group.Wait() // no job returns an error: each result carries its own
	if err := context.Cause(ctx); err != nil {
		return results, errors.Join(err, run.index.flush(context.WithoutCancel(ctx)))
	}
	removed, err := run.finish(context.WithoutCancel(ctx), results)
	return append(results, removed...), err
}

// run is the state of one Run.
type run struct {
	*Builder
	Request
	store  store.Store
	before *store.Snapshot // what the run found
	index  index
	used   used
}

// one does one job and says how it ended.
func (r *run) one(ctx context.Context, j convert.Job) Result {
	defer r.Trim(ctx, r.store)
	current := image.Current(ofSpecs(r.before.Product(j.Product)))[j.Product]
	result := r.Builder.one(ctx, r.store, j, current, r.Background, &r.used)
	if result.Outcome == progress.Built {
		r.index.published(context.WithoutCancel(ctx))
	}
	return result
}

// ofSpecs leaves out what was made on demand: that is not the business of a run on
// specs.
func ofSpecs(versions []image.Version) (all []image.Version) {
	for _, v := range versions {
		if !v.Hub {
			all = append(all, v)
		}
	}
	return all
}
