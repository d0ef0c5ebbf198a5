package build

import (
	"errors"
	"slices"

	"lxdocker/internal/image"
	"lxdocker/internal/progress"
	"lxdocker/internal/simplestreams"
)

// finish makes what was published visible to static web servers, and lets go
// of what nothing needs any more. Order matters: a version leaves the index
// first and the disk a day later.
func (r *run) finish(jobs []job, results []Result) ([]Result, error) {
	versions, err := r.store.Versions()
	if err != nil {
		return nil, err
	}
	removed, errs := r.retire(versions, jobs, r.Whole)
	errs = append(errs, r.writeStreams())
	pruned, err := r.store.Prune(r.Now(), Grace)
	errs = append(errs, err)
	for _, v := range pruned {
		r.Log.Info("removed files of an old version", "image", v.Name, "architecture", v.Architecture, "version", v.Serial)
	}
	return removed, errors.Join(append(errs, r.collect(results))...)
}

// retire takes versions out of the index: superseded ones and, in a whole run,
// those of products no spec asks for. A pinned product keeps everything, and
// what the hub has made is not the business of a run on specs, nor the reverse.
func (r *run) retire(versions []image.Version, jobs []job, whole bool) (removed []Result, errs []error) {
	versions = slices.DeleteFunc(slices.Clone(versions), func(v image.Version) bool {
		return v.Retired != nil || v.Pinned != nil || v.Hub != r.Hub
	})
	current := image.Current(versions)
	superseded := map[image.ID]bool{}
	for _, v := range r.Keep.Superseded(versions, r.Now()) {
		superseded[v.ID()] = true
	}
	for _, v := range versions {
		p := v.Product()
		wanted := !whole || slices.ContainsFunc(jobs, func(j job) bool { return p == j.product() })
		if wanted && !superseded[v.ID()] {
			continue
		}
		if err := r.store.Retire(v, r.Now()); err != nil {
			errs = append(errs, err)
			continue
		}
		if !wanted && v.Serial == current[p].Serial {
			removed = append(removed, Result{Name: v.Name, Architecture: v.Architecture, Outcome: progress.Removed, Version: v})
		}
	}
	return removed, errs
}

// writeStreams writes the index that static web servers serve.
func (r *run) writeStreams() error {
	return r.store.UpdateStreams(simplestreams.RenderVersions)
}
