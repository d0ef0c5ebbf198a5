package build

import (
	"context"

	"golang.org/x/sync/errgroup"

	"lxdocker/internal/convert"
	"lxdocker/internal/image"
	"lxdocker/internal/oci"
	"lxdocker/internal/progress"
	"lxdocker/internal/store"
)

// Refresh checks immediately what the references of images on demand mean, and converts
// those that have changed. It returns a result for each of the versions, which are those
// that clients get now. Unchanged images are not rebuilt, even if they were made with other
// settings than those of this program: a server may have been told to use them.
func (b *Builder) Refresh(ctx context.Context, s store.Store, versions []image.Version) ([]Result, error) {
	results := make([]Result, len(versions))
	var group errgroup.Group
	group.SetLimit(atOnce)
	built := false
	for i, v := range versions {
		group.Go(func() error {
			results[i] = b.refresh(ctx, s, v)
			return nil
		})
	}
	_ = group.Wait() // none returns an error: each result carries its own
	for _, r := range results {
		built = built || r.Outcome == progress.Built
	}
	if err := context.Cause(ctx); err != nil || !built {
		return results, err
	}
	return results, b.Tidy(ctx, s)
}

func (b *Builder) refresh(ctx context.Context, s store.Store, v image.Version) Result {
	began := b.Now()
	result := Result{Product: v.Product(), Version: v, Outcome: progress.Unchanged}
	fail := func(err error) Result {
		result.Outcome, result.Err, result.Elapsed = progress.Failed, err, b.Now().Sub(began)
		return result
	}
	ref, err := oci.Parse(v.Source)
	if err != nil {
		return fail(err)
	}
	j, err := convert.Demand(ref, v.Architecture)
	if err != nil {
		return fail(err)
	}
	if result.Note = b.leaveAlone(j, v, false); result.Note != "" {
		return result
	}
	c, err := b.Start(ctx, j, progress.Discard().Task(j.Title())) // mostly there is nothing to show
	if err != nil {
		b.Display.Task(j.Title()).Fail(err)
		return fail(err)
	}
	same := c.Manifest() == v.SourceDigest
	if c.Close(); same {
		return result
	}
	fresh, err := b.Update(ctx, s, j, false)
	if err != nil {
		return fail(err)
	}
	if fresh.Serial != v.Serial {
		result.Outcome = progress.Built
	}
	result.Version, result.Elapsed = fresh, b.Now().Sub(began)
	return result
}
