package main

import (
	"context"
	"path/filepath"
	"time"

	"lxdocker/internal/build"
	"lxdocker/internal/runs"
)

// measureEvery is how often the cache is measured for those who ask later, which takes a look
// at each file. Runs on specs measure it, too.
const measureEvery = time.Hour

// note notes, for `lxdocker status`, that this server converts, and goes on to write what
// becomes of that until ctx ends.
func (o *options) note(ctx context.Context, b *build.Builder, w *work) {
	b.Runs.Serve(runs.Server{Cert: absolute(o.served), Limit: w.room(), Every: o.Every, Specs: o.Specs != ""})
	w.running.Go(func() { b.Runs.Follow(ctx) })
	w.running.Go(func() {
		tick := time.NewTicker(measureEvery)
		defer tick.Stop()
		for ctx.Err() == nil {
			b.Runs.Measured(b.Layers.Dir(), b.Layers.Usage(), b.Rules().Retention.Size)
			select {
			case <-ctx.Done():
			case <-tick.C:
			}
		}
	})
}

// room is how much all images on demand may take, in bytes; 0 if there is no limit, or no hub.
func (w *work) room() int64 {
	if w.hub == nil {
		return 0
	}
	return w.hub.Rules().Limits.Disk
}

// absolute is a path that counts in every folder.
func absolute(path string) string {
	if p, err := filepath.Abs(path); err == nil {
		return p
	}
	return path
}
