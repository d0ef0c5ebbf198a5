package build

import (
	"context"
	"errors"
	"slices"

	"lxdocker/internal/image"
	"lxdocker/internal/progress"
	"lxdocker/internal/store"
)

// finish updates the static index, and removes what is no longer needed. Order matters: a
// version leaves the index first and the disk a day later.
func (r *run) finish(ctx context.Context, results []Result) ([]Result, error) {
	now, err := r.store.Versions(ctx)
	if err != nil {
		return nil, err
	}
	removed, err := r.retire(ctx, r.concerned(now))
	errs := []error{err, r.index.flush(ctx), r.prune(ctx, r.store)}
	return removed, errors.Join(append(errs, r.collect(ctx, results))...)
}

// concerned lists the versions that the run is about: those of its jobs, or all.
func (r *run) concerned(now *store.Snapshot) (all []image.Version) {
	if r.Whole {
		return now.List()
	}
	for _, j := range r.Jobs {
		all = append(all, now.Product(j.Product)...)
	}
	return all
}

// wanted says whether a spec asks for a product, or may do so.
func (r *run) wanted() func(image.Product) bool {
	jobs := map[image.Product]bool{}
	for _, j := range r.Jobs {
		jobs[j.Product] = true
	}
	return func(p image.Product) bool { return jobs[p] || slices.Contains(r.Kept, p.Name) }
}

// retire takes versions out of the index: superseded ones and, in a whole run,
// those of products no spec asks for. A pinned product keeps everything.
func (r *run) retire(ctx context.Context, versions []image.Version) (removed []Result, err error) {
	wanted := r.wanted()
	current := image.Current(ofSpecs(versions))
	leave := r.Rules().Keep.Superseded(ofSpecs(versions), r.Now())
	for p, v := range current {
		if !r.Whole || wanted(p) || v.Pinned != nil {
			continue
		}
		removed = append(removed, Result{Product: p, Outcome: progress.Removed, Version: v})
	}
	for _, v := range leave {
		r.Log.Info("an older version leaves the index", "image", v.Title(), "version", v.Serial)
	}
	slices.SortFunc(removed, func(a, b Result) int { return a.Product.Compare(b.Product) })
	if len(removed) > 0 {
		leave = append(leave, unwanted(versions, wanted)...)
	}
	return removed, r.store.Retire(ctx, r.Now(), leave...)
}

// unwanted lists what is offered of products that no spec asks for, in the order
// of their serials: a newer one is never gone before an older one.
func unwanted(versions []image.Version, wanted func(image.Product) bool) (all []image.Version) {
	for _, v := range ofSpecs(versions) {
		if v.Retired == nil && v.Pinned == nil && !wanted(v.Product()) {
			all = append(all, v)
		}
	}
	return all
}

// prune removes the files of versions that left the index a day ago.
func (b *Builder) prune(ctx context.Context, s store.Store) error {
	pruned, err := s.Prune(ctx, b.Now(), image.Grace)
	for _, v := range pruned {
		b.Log.Info("removed files of an old version", "image", v.Name, "architecture", v.Architecture, "version", v.Serial)
	}
	return err
}
