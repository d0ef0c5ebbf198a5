package build

import (
	"context"
	"errors"
	"slices"
	"sync"

	"lxdocker/internal/image"
	"lxdocker/internal/layer"
	"lxdocker/internal/progress"
	"lxdocker/internal/store"
)

// used remembers which cached data images need.
type used struct {
	mu                sync.Mutex
	manifests, layers map[string]bool
}

func (u *used) add(manifest string, layers []string) {
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

// collect removes unused data from the cache. The layers of an image that failed, or whose
// spec is wrong, are not known, but those of its published version are.
func (r *run) collect(ctx context.Context, results []Result) error {
	outcome := func(o progress.Outcome) bool {
		return slices.ContainsFunc(results, func(r Result) bool { return r.Outcome == o })
	}
	if !r.Whole && !outcome(progress.Built) {
		return nil
	}
	return r.collectFor(ctx, r.store, &r.used, r.Rules().Retention, r.Whole && len(r.Kept) == 0 && !outcome(progress.Failed))
}

// collectFor removes cached data that is neither in used nor needed by what clients get
// now, of specs and of the hub. all says that used has everything that may be needed soon;
// otherwise, with an age of 0, nothing is removed because of its age alone.
func (b *Builder) collectFor(ctx context.Context, s store.Store, u *used, o layer.Retention, all bool) error {
	now, err := s.Versions(ctx)
	if err != nil {
		return err
	}
	if o.Age <= 0 && !all {
		o.Age = layer.Forever
	}
	for _, packed := range now.All() {
		for _, v := range image.Current(packed.Versions()) {
			if len(v.Layers) == 0 && !u.manifests[v.SourceDigest] {
				o.Age = layer.Forever // it is of a time when nobody wrote down what it needs
			}
			u.add(v.SourceDigest, v.Layers)
		}
	}
	return b.collect(u, o)
}

// collect removes unused data, by their age and by the size of the cache.
func (b *Builder) collect(u *used, o layer.Retention) error {
	o.Now = b.Now()
	o.Size = layersOf(o.Size)
	freed, err := b.Layers.Collect(func(digest string) bool { return u.layers[digest] }, o)
	if freed > 0 {
		b.Log.Info("removed layers from the cache", "bytes", freed)
	}
	return errors.Join(err, b.Sources.Collect(func(digest string) bool { return u.manifests[digest] }, o.Age))
}

// layersOf is which part of the size of the cache is for layers. The rest is for documents
// that were fetched for strangers.
func layersOf(size int64) int64 { return size - size/documents }

const documents = 8

// Trim reduces the cache to its maximum size, if it has become larger. It belongs to the end of
// all work on an image, however that ended. Data in use by others stay. A little more than
// necessary is removed, because examining the whole cache takes long: that is why Trim returns at
// once while another call is at it, which then looks again. When ctx has ended, Trim does
// nothing: the next one does.
func (b *Builder) Trim(ctx context.Context, s store.Store) {
	calls := b.trims.Add(1)
	if calls > 1 {
		return
	}
	for ; calls > 0; calls = b.trims.Add(-calls) {
		if err := b.trim(ctx, s); err != nil {
			b.Log.Warn("cannot make the cache smaller", "error", err)
		}
	}
}

func (b *Builder) trim(ctx context.Context, s store.Store) error {
	size := b.Rules().Retention.Size // which may have changed
	if size <= 0 || ctx.Err() != nil {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	err := b.Sources.Bound(size / documents)
	if b.Layers.Size() > layersOf(size) {
		var u used
		err = errors.Join(err, b.collectFor(ctx, s, &u, layer.Retention{Age: layer.Forever, Size: size - size/16}, false))
	}
	return err
}
