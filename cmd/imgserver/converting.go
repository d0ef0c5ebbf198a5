package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"lxdocker/internal/background"
	"lxdocker/internal/build"
	"lxdocker/internal/config"
	"lxdocker/internal/convert"
	"lxdocker/internal/durable"
	"lxdocker/internal/hub"
	"lxdocker/internal/image"
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
	lookNow []func()              // at what may be new
	lost    []func(image.Version) // told of versions that were damaged
	hub     *hub.Hub              // nil: there is none
	builds  *builds               // nil: there are no specs
	running sync.WaitGroup
}

// nicer is by how many steps of nice(2) converting leaves answers more of the processors.
const nicer = 8

// start begins to convert until ctx ends, and tells the server what there is to
// ask for.
func (o *options) start(ctx context.Context, s images, offer *server.Options, watched *watched, log *slog.Logger) (*work, error) {
	w := &work{}
	if !o.Wanted() {
		return w, nil
	}
	config.LimitMemory()
	policy, err := o.Policy()
	if err != nil {
		return nil, err
	}
	o.Named = policy.Hosts()
	if watched != nil {
		o.Asked = watched.Asked
	}
	board := progress.NewBoard(progress.NewLog(log), time.Now)
	offer.Activity = func() web.Activity { return activityOf(board) }
	b, host, err := o.Builder(board, log)
	if err != nil {
		return nil, err
	}
	config.ShareProcessors()
	ctx = background.With(ctx, nicer)
	o.tighten(&b.Converter.OnDemand)
	if err := o.boundCache(b); err != nil {
		return nil, err
	}
	if watched != nil {
		b.Observer = watched
		watched.cache(ctx, &w.running, b.Layers, func() int64 { return b.Rules().Retention.Size })
	}
	b.Keep = o.Keep.Retention()
	if err := b.Busybox.Check(host); err != nil {
		return nil, err // nothing could be converted
	}
	b.Runs = runs.New(s, "imgserver", b.Now, log)
	if o.Demanded() {
		h, err := o.hub(ctx, s, b, policy, log)
		if err != nil {
			return nil, err
		}
		b.Free, w.hub = h.Free, h
		if watched != nil {
			watched.hub(h)
		}
		offer.Hub, offer.OnDemand, offer.Offers, offer.Downloaded, offer.Try = h, policy.Patterns(), h.Offers, h.Asked, h.Meaning
		if rights, _ := o.Rights(); len(rights) > 0 {
			offer.Views = &views{h, rights, o.Allowed, offer.Activity}
		}
		w.lookNow, w.lost = append(w.lookNow, h.LookNow), append(w.lost, h.Lost)
		w.running.Go(h.Run)
	}
	o.note(ctx, b, w)
	if o.Specs != "" {
		if err := o.specs(ctx, s, b, host, offer, watched, w, log); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// tighten makes bounds those of images that strangers ask for.
func (o *options) tighten(b *convert.Bounds) {
	b.Dense = true
	if n := int64(o.Unpacked); n > 0 && (b.Unpacked == 0 || n < b.Unpacked) {
		b.Unpacked, b.UnpackedBy = n, "--on-demand-unpacked"
	}
	if n := o.Strangers.Files; n > 0 && (b.Files == 0 || n < b.Files) {
		b.Files, b.FilesBy = n, "--on-demand-files"
	}
	if d := o.Strangers.Time; d > 0 && (b.Time == 0 || d < b.Time) {
		b.Time, b.TimeBy = d, "--on-demand-time"
	}
}

// shareOfDisk is which part of the disk images on demand have if nobody says how much, and
// which part the cache has, as their layers take about as much: something is left for others.
const shareOfDisk = 3

// boundCache bounds what strangers can make of the cache, unless somebody has said how large
// it may become.
func (o *options) boundCache(b *build.Builder) error {
	if !o.Demanded() || o.CacheSized() {
		return nil
	}
	disk, err := b.Layers.Space()
	if err != nil {
		return fmt.Errorf("looking how large the disk of the cache is: %w (or say --cache-size SIZE)", err)
	}
	b.Retention.Size = disk.Total / shareOfDisk
	return nil
}

// unused is how long an image on demand stays that nobody requests.
func (o *options) unused() time.Duration { return time.Duration(o.Days) * 24 * time.Hour }

func (o *options) hub(ctx context.Context, s images, b *build.Builder, policy hub.Policy, log *slog.Logger) (*hub.Hub, error) {
	disk, err := s.Space()
	if err != nil {
		return nil, fmt.Errorf("looking how large the disk of the images is: %w (or say --images-size SIZE)", err)
	}
	o.Limits.Disk = int64(o.ImagesSize)
	if !o.Sized() {
		o.Limits.Disk = disk.Total / shareOfDisk
	}
	c := &converter{builder: b, store: s, maxSize: int64(o.MaxImage)}
	c.hub = hub.New(ctx, hub.Options{
		Rules:     hub.Rules{Policy: policy, Limits: o.Limits, Freshness: hub.Freshness{Every: o.Every, Days: o.unused()}},
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
	return c.hub, nil
}
