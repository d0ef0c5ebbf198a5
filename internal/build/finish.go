package build

import (
	"errors"
	"slices"
	"sync"

	"lxdocker/internal/oci"
	"lxdocker/internal/progress"
	"lxdocker/internal/simplestreams"
	"lxdocker/internal/store"
)

// finish makes what was published visible to static web servers, and lets go
// of what nothing needs any more. Order matters: a version leaves the index
// first and the disk a day later.
func (r *run) finish(jobs []job, whole, complete bool) ([]Result, error) {
	versions, err := r.store.Versions()
	if err != nil {
		return nil, err
	}
	removed, errs := r.retire(versions, jobs, whole)
	errs = append(errs, r.writeStreams())
	pruned, err := r.store.Prune(r.Now(), Grace)
	errs = append(errs, err)
	for _, v := range pruned {
		r.Log.Info("removed files of an old version", "image", v.Name, "architecture", v.Architecture, "version", v.Serial)
	}
	if whole {
		errs = append(errs, r.collect(complete))
	}
	return removed, errors.Join(errs...)
}

// retire takes versions out of the index: superseded ones and, in a whole run,
// those of products no spec asks for. A pinned product keeps everything, and
// what the hub has made is not the business of a run on specs, nor the reverse.
func (r *run) retire(versions []store.Version, jobs []job, whole bool) (removed []Result, errs []error) {
	versions = slices.DeleteFunc(slices.Clone(versions), func(v store.Version) bool {
		return v.Retired != nil || v.Pinned != nil || v.Hub != r.Hub
	})
	newest := map[product]string{}
	for _, v := range versions {
		newest[productOf(v)] = max(newest[productOf(v)], v.Serial)
	}
	superseded := map[string]bool{}
	for _, v := range r.Keep.Superseded(versions, r.Now()) {
		superseded[id(v)] = true
	}
	for _, v := range versions {
		p := productOf(v)
		wanted := !whole || slices.ContainsFunc(jobs, func(j job) bool { return p == product{j.spec.Name, j.arch} })
		if wanted && !superseded[id(v)] {
			continue
		}
		if err := r.store.Retire(v, r.Now()); err != nil {
			errs = append(errs, err)
			continue
		}
		if !wanted && v.Serial == newest[p] {
			removed = append(removed, Result{Name: v.Name, Architecture: v.Architecture, Outcome: progress.Removed, Version: v})
		}
	}
	return removed, errs
}

func id(v store.Version) string { return v.Name + "/" + v.Architecture + "/" + v.Serial }

type product struct{ name, arch string }

func productOf(v store.Version) product { return product{v.Name, v.Architecture} }

// writeStreams writes the index that static web servers serve.
func (r *run) writeStreams() error {
	return r.store.UpdateStreams(simplestreams.RenderVersions)
}

// used remembers which cached data the run's images need.
type used struct {
	mu                sync.Mutex
	manifests, layers map[string]bool
}

func (u *used) add(image *oci.Image) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.layers == nil {
		u.manifests, u.layers = map[string]bool{}, map[string]bool{}
	}
	u.manifests[image.Digest] = true
	for _, l := range image.Layers {
		u.layers[l.Digest] = true
	}
}

// collect lets go of cached data. What a failed image needs is not known, so
// after a run with one nothing goes that was used lately.
func (r *run) collect(complete bool) error {
	retention := r.Retention
	retention.Now = r.Now()
	wanted := func(digest string) bool { return r.used.layers[digest] || !complete && retention.Age <= 0 }
	freed, err := r.Layers.Collect(wanted, retention)
	if freed > 0 {
		r.Log.Info("removed unused layers from the cache", "bytes", freed)
	}
	if !complete {
		return err
	}
	return errors.Join(err, r.Sources.Collect(func(digest string) bool { return r.used.manifests[digest] }))
}
