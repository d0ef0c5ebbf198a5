package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"lxdocker/internal/background"
	"lxdocker/internal/background/processes"
	"lxdocker/internal/build"
	"lxdocker/internal/changes"
	"lxdocker/internal/config"
	"lxdocker/internal/durable"
	"lxdocker/internal/hub"
	"lxdocker/internal/image"
	"lxdocker/internal/layer/unpacking"
	"lxdocker/internal/progress"
	"lxdocker/internal/runs"
	"lxdocker/internal/server"
	"lxdocker/internal/server/web"
	"lxdocker/internal/store"
)

// images is a store that knows how much room it has.
type images interface {
	store.Store
	runs.Keeper
	Space() (durable.Space, error)
}

// work is what an imgserver does beside serving.
type work struct {
	lookNow   []func()                        // at what may be new
	activity  func() web.Activity             // all that goes on
	lost      []func(image.Version)           // told of versions that were damaged
	builder   *build.Builder                  // nil: nothing is converted
	hub       *hub.Hub                        // nil: there is none
	converter *converter                      // for the hub
	due       atomic.Pointer[build.Timetable] // of the specs; nil: there are none
	builds    *builds                         // nil: there are no specs
	watch     func(changes.Watch, context.Context)
	running   sync.WaitGroup
}

// nicer is by how many steps of nice(2) converting leaves answers more of the processors.
const nicer = 8

// told is told of a version that was damaged.
func (w *work) told(v image.Version) {
	for _, tell := range w.lost {
		tell(v)
	}
}

// start begins to convert until ctx ends, and tells the server what there is to
// ask for.
func (o *options) start(ctx context.Context, w *work, s images, offer *server.Options, watched *watched, log *slog.Logger) error {
	if !o.Wanted() {
		return nil
	}
	config.LimitMemoryServing()
	host, err := o.build(w, watched, log)
	if err != nil {
		return err
	}
	config.ShareProcessors()
	ctx = background.With(ctx, nicer)
	if !o.inside {
		w.builder.Unpacking = unpacking.New(ctx, unpackingApart, w.builder.Processes, w.builder.Layers.Codec().Level())
	}
	watched.conversions(ctx, w)
	w.builder.Runs = runs.New(s, "imgserver", w.builder.Now, log)
	w.builder.Warm(ctx, host)
	debug.FreeOSMemory() // nobody may ask for long
	if o.Demanded() {
		if err := o.demand(ctx, s, w, watched, log); err != nil {
			return err
		}
	}
	if err := o.offers(offer, w); err != nil {
		return err
	}
	o.note(ctx, w.builder, w)
	if o.Specs != "" {
		if err := o.specs(ctx, s, w.builder, host, offer, watched, w, log); err != nil {
			return err
		}
	}
	return nil
}

// build makes the builder, if it could convert anything for host: the architecture of this
// machine.
func (o *options) build(w *work, watched *watched, log *slog.Logger) (host string, err error) {
	policy, err := o.Policy()
	if err != nil {
		return "", err
	}
	o.Named = policy.Hosts()
	if watched != nil {
		o.Asked = watched.Asked
	}
	board := progress.NewBoard(progress.NewLog(log), time.Now)
	if watched != nil {
		board.Watch(watched.Took)
	}
	w.activity = func() web.Activity { return activityOf(board) }
	o.Elsewhere = true
	b, host, err := o.Builder(board, log)
	if err != nil {
		return "", err
	}
	b.Apart, b.Processes = apart, processes.New()
	b.Bound(o.Bounds(), o.strangers())
	kept, err := o.kept(b.Layers)
	if err != nil {
		return "", err
	}
	b.Change(kept)
	w.builder = b
	return host, b.Busybox.Check(host)
}

// demand begins to convert what clients ask for.
func (o *options) demand(ctx context.Context, s images, w *work, watched *watched, log *slog.Logger) error {
	if err := o.hub(ctx, s, w, log); err != nil {
		return err
	}
	h := w.hub
	w.builder.Free = h.Free
	if watched != nil {
		watched.hub(h)
	}
	w.lookNow, w.lost = append(w.lookNow, h.LookNow), append(w.lost, h.Lost)
	w.running.Go(h.Run)
	return nil
}

// hub makes the hub, and what converts for it.
func (o *options) hub(ctx context.Context, s images, w *work, log *slog.Logger) error {
	rules, err := o.ruling(s)
	if err != nil {
		return err
	}
	c := &converter{builder: w.builder, store: s, running: ctx, after: &w.running}
	c.maxSize.Store(int64(o.MaxImage))
	c.hub = hub.New(ctx, hub.Options{
		Rules:     rules,
		Converter: c,
		Snapshot:  s.Versions,
		Journal:   filepath.Join(o.Cache, "asked.json"),
		FreeSpace: func() int64 {
			if now, err := s.Space(); err == nil {
				return now.Free
			}
			return -1
		},
		Log: log,
		Now: time.Now,
	})
	w.hub, w.converter = c.hub, c
	return nil
}
