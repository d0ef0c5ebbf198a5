package build

import (
	"errors"
	"slices"
	"sync"

	"lxdocker/internal/image"
	"lxdocker/internal/layer"
	"lxdocker/internal/oci"
	"lxdocker/internal/progress"
)

// used remembers which cached data the run's images need.
type used struct {
	mu                sync.Mutex
	manifests, layers map[string]bool
}

func (u *used) add(source *oci.Image) { u.need(source.Digest, digests(source.Layers)) }

func (u *used) need(manifest string, layers []string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.layers == nil {
		u.manifests, u.layers = map[string]bool{}, map[string]bool{}
	}
	u.manifests[manifest] = true
	for _, digest := range layers {
		u.layers[digest] = true
	}
}

// collect lets go of cached data that nothing needs: neither the images of the run,
// nor what clients get now, of specs and of the hub. What a failed image needs is
// not known, but what its version needs that clients get.
func (r *run) collect(results []Result) error {
	if !r.Whole && !slices.ContainsFunc(results, func(r Result) bool { return r.Outcome == progress.Built }) {
		return nil
	}
	versions, err := r.store.Versions()
	if err != nil {
		return err
	}
	o := r.Retention
	// Who lets nothing grow old has all the same to try again what failed.
	if o.Age <= 0 && (!r.Whole || slices.ContainsFunc(results, failed)) {
		o.Age = layer.Forever
	}
	for _, v := range image.Current(versions) {
		if len(v.Layers) == 0 && !r.used.manifests[v.SourceDigest] {
			o.Age = layer.Forever // it is of a time when nobody wrote down what it needs
		}
		r.used.need(v.SourceDigest, v.Layers)
	}
	return r.Builder.collect(&r.used, o)
}

func failed(r Result) bool { return r.Outcome == progress.Failed }

// collect lets go of what is not used, by its age and by the size of the cache.
func (b *Builder) collect(u *used, o layer.Retention) error {
	o.Now = b.Now()
	freed, err := b.Layers.Collect(func(digest string) bool { return u.layers[digest] }, o)
	if freed > 0 {
		b.Log.Info("removed layers from the cache", "bytes", freed)
	}
	return errors.Join(err, b.Sources.Collect(func(digest string) bool { return u.manifests[digest] }, o.Age))
}
