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
	cert, err := filepath.Abs(o.served)
	if err != nil {
		cert = o.served
	}
	limit := o.Limits.Disk
	if !o.Demanded() {
		limit = 0
	}
	b.Runs.Serve(runs.Server{Cert: cert, Limit: limit, Every: o.Every, Specs: o.Specs != ""})
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
