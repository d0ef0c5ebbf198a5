package build

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"lxdocker/internal/convert"
	"lxdocker/internal/image"
	"lxdocker/internal/oci"
	"lxdocker/internal/progress"
	"lxdocker/internal/store"
)

// Demand is an image on demand: the version that clients get now, and its reference.
type Demand struct {
	Version image.Version
	Ref     oci.Reference
	wrong   error // with the reference
}

// Demands parses the references of images on demand. What is wrong with one is said when it
// is refreshed.
func Demands(versions []image.Version) []Demand {
	all := make([]Demand, len(versions))
	for i, v := range versions {
		ref, err := oci.Parse(v.Source)
		all[i] = Demand{v, ref, err}
	}
	return all
}

// Hosts lists the registries of images on demand.
func Hosts(demands []Demand) (all []string) {
	for _, d := range demands {
		if host, _, _ := strings.Cut(d.Ref.Repository(), "/"); d.wrong == nil && !slices.Contains(all, host) {
			all = append(all, host)
		}
	}
	return all
}

// Refresh checks immediately what the references of images on demand mean, and converts
// those that have changed. It returns a result for each of them. Unchanged images are not rebuilt, even if they were made with other
// settings than those of this program, or under another rule about signatures: a server may have been told to use
// them. That they satisfy the rule of now is verified all the same.
func (b *Builder) Refresh(ctx context.Context, s store.Store, demands []Demand) ([]Result, error) {
	results := make([]Result, len(demands))
	var group errgroup.Group
	group.SetLimit(atOnce)
	built := false
	for i, d := range demands {
		group.Go(func() error {
			results[i] = b.refresh(ctx, s, d)
			return nil
		})
	}
	_ = group.Wait() // none returns an error: each result carries its own
	b.Runs.Flush(ctx)
	for _, r := range results {
		built = built || r.Outcome == progress.Built
	}
	if err := context.Cause(ctx); err != nil || !built {
		return results, err
	}
	return results, b.Tidy(ctx, s)
}

func (b *Builder) refresh(ctx context.Context, s store.Store, d Demand) Result {
	began, v := b.Now(), d.Version
	result := Result{Product: v.Product(), Version: v, Outcome: progress.Unchanged}
	fail := func(err error) Result {
		result.Outcome, result.Err, result.Elapsed = progress.Failed, err, b.Now().Sub(began)
		return result
	}
	if d.wrong != nil {
		return fail(d.wrong)
	}
	j, err := convert.Demand(d.Ref, v.Architecture)
	if err != nil {
		return fail(err)
	}
	if result.Note = b.leaveAlone(j, v, false); result.Note != "" {
		return result
	}
	c, err := b.Start(ctx, j, progress.Discard().Task(j.Title())) // mostly there is nothing to show
	if err != nil {
		b.Display.Task(j.Title()).Fail(err)
		b.noteOne(ctx, j, true, err)
		return fail(err)
	}
	same := c.Manifest() == v.SourceDigest
	if c.Close(); same {
		b.noteOne(ctx, j, true, nil)
		return result
	}
	defer b.Trim(ctx, s)
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
