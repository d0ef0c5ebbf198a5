package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"lxdocker/internal/background"
	"lxdocker/internal/build"
	"lxdocker/internal/command"
	"lxdocker/internal/config"
	"lxdocker/internal/convert"
	"lxdocker/internal/durable"
	"lxdocker/internal/hub"
	"lxdocker/internal/image"
	"lxdocker/internal/progress"
	"lxdocker/internal/runs"
	"lxdocker/internal/server"
	"lxdocker/internal/spec"
	"lxdocker/internal/store"
)

// converting holds the flags of an imgserver that converts as well: images that
// clients ask for, and the specs' ones when they change.
type converting struct {
	config.ConvertFlags
	onDemand, deny []string
	specs          string
	every          time.Duration
	days           int
	limits         hub.Limits
	maxImage       config.Size
	imagesSize     config.Size
	sized          func() bool // whether somebody has said --images-size
	cacheSized     func() bool // the same for --cache-size
	strangers      convert.Bounds
	unpacked       config.Size // of strangers.Unpacked
	served         string      // the file of the certificate, for those who ask later
	keep           config.RetentionFlags
}

func (o *converting) register(f *pflag.FlagSet) {
	f.StringArrayVar(&o.onDemand, "on-demand", nil, "`PATTERN` of images to convert when a client asks for them, such as docker.io/library/* (repeatable)")
	f.StringArrayVar(&o.deny, "on-demand-deny", nil, "`PATTERN` of images never to convert on demand (repeatable)")
	f.StringVar(&o.Cache, "cache", "", "`DIR` for layers and manifests, the same as lxdocker's (required with --on-demand and --specs)")
	f.StringVar(&o.specs, "specs", "", "`DIR` of specs whose images are kept up to date, as by running lxdocker from cron")
	f.DurationVar(&o.every, "every", time.Hour, "`DURATION` between checks whether tags have moved; 0 for never")
	f.IntVar(&o.days, "on-demand-days", 14, "remove on-demand images that have not been requested for `DAYS` days; 0 for never")
	f.Var(&o.imagesSize, "images-size", "largest `SIZE` of all on-demand images together; those that have not been requested for the longest time are removed first (default: a third of the disk; 0 for no limit)")
	o.sized = func() bool { return f.Changed("images-size") }
	f.Var(&o.maxImage, "max-image", "largest `SIZE` of the compressed layers of an on-demand image (default: no limit)")
	o.unpacked = 32 << 30
	f.Var(&o.unpacked, "on-demand-unpacked", "largest `SIZE` that all layers of an on-demand image may unpack to; 0 for as much as --max-unpacked-image")
	f.Int64Var(&o.strangers.Files, "on-demand-files", 2_000_000, "up to `N` files and directories in all layers of an on-demand image; 0 for as many as --max-files")
	f.DurationVar(&o.strangers.Time, "on-demand-time", 2*time.Hour, "give up an on-demand image that takes longer than this `DURATION`; 0 for as long as --time-limit")
	f.IntVar(&o.limits.Conversions, "conversions", 2, "convert up to `N` on-demand images at once")
	f.IntVar(&o.limits.PerClient, "per-client", 60, "up to `N` new on-demand images per address and hour; 0 for no limit")
	o.keep.Register(f)
	o.RegisterLogins(f)
	o.Register(f)
	o.cacheSized = func() bool { return f.Changed("cache-size") }
}

// wanted says whether there is anything to convert.
func (o *converting) wanted() bool { return len(o.onDemand) > 0 || o.specs != "" }

func (o *converting) check() error {
	switch {
	case o.wanted() && o.Cache == "":
		return command.Usagef("--on-demand and --specs need --cache DIR, the folder for layers")
	case o.Logins && len(o.onDemand) == 0:
		return command.Usagef("--on-demand-logins needs --on-demand: without that, nothing is converted on demand")
	case len(o.deny) > 0 && len(o.onDemand) == 0:
		return command.Usagef("--on-demand-deny needs --on-demand: without that, nothing is converted on demand")
	case o.every < 0 || o.days < 0 || o.limits.Conversions < 1 || o.limits.PerClient < 0:
		return command.Usagef("--every, --on-demand-days and --per-client are not below 0, --conversions not below 1")
	case o.strangers.Files < 0 || o.strangers.Time < 0:
		return command.Usagef("--on-demand-files and --on-demand-time are not below 0")
	case o.specs != "" && o.every == 0:
		return command.Usagef("--specs with --every 0 would never look at the specs")
	}
	if _, err := o.keep.Retention(); err != nil {
		return err
	}
	_, err := o.policy()
	return err
}

func (o *converting) policy() (hub.Policy, error) {
	p, err := hub.NewPolicy(o.onDemand, o.deny)
	if err != nil {
		return p, command.UsageError{Err: err}
	}
	return p, nil
}

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
	running sync.WaitGroup
}

// nicer is by how many steps of nice(2) converting leaves answers more of the processors.
const nicer = 8

// start begins to convert until ctx ends, and tells the server what there is to
// ask for.
func (o *converting) start(ctx context.Context, s images, offer *server.Options, watched *watched, log *slog.Logger) (*work, error) {
	w := &work{}
	if !o.wanted() {
		return w, nil
	}
	config.LimitMemory()
	policy, err := o.policy()
	if err != nil {
		return nil, err
	}
	o.Named = policy.Hosts()
	if watched != nil {
		o.Asked = watched.Asked
	}
	b, host, err := o.Builder(progress.NewLog(log), log)
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
		watched.cache(ctx, &w.running, b.Layers, b.Retention.Size)
	}
	if b.Keep, err = o.keep.Retention(); err != nil {
		return nil, err
	}
	if err := b.Busybox.Check(host); err != nil {
		return nil, err // nothing could be converted
	}
	b.Runs = runs.New(s, "imgserver", b.Now, log)
	if len(o.onDemand) > 0 {
		h, err := o.hub(ctx, s, b, policy, log)
		if err != nil {
			return nil, err
		}
		b.Free, w.hub = h.Free, h
		if watched != nil {
			watched.hub(h)
		}
		offer.Hub, offer.OnDemand, offer.Offers, offer.Downloaded = h, h.Policy.Patterns(), h.Offers, h.Asked
		w.lookNow, w.lost = append(w.lookNow, h.LookNow), append(w.lost, h.Lost)
		w.running.Go(h.Run)
	}
	o.note(ctx, b, w)
	if o.specs != "" {
		if watched != nil {
			watched.Specs(time.Now())
		}
		load := func() (spec.Set, error) { return spec.ReadDir(o.specs) }
		now := make(chan struct{}, 1)
		look := func() {
			select {
			case now <- struct{}{}:
			default: // that is about to happen
			}
		}
		w.lookNow = append(w.lookNow, look)
		w.lost = append(w.lost, func(v image.Version) {
			if !v.Hub {
				look()
			}
		})
		launches := &build.Launches{Builder: b, Store: s, Load: load, Host: host, Context: ctx, Go: func(f func()) { w.running.Go(f) }}
		offer.Fresh = launches.Fresh
		w.running.Go(func() { b.Follow(ctx, s, load, host, o.every, now) })
	}
	return w, nil
}

// tighten makes bounds those of images that strangers ask for.
func (o *converting) tighten(b *convert.Bounds) {
	b.Dense = true
	if n := int64(o.unpacked); n > 0 && (b.Unpacked == 0 || n < b.Unpacked) {
		b.Unpacked, b.UnpackedBy = n, "--on-demand-unpacked"
	}
	if n := o.strangers.Files; n > 0 && (b.Files == 0 || n < b.Files) {
		b.Files, b.FilesBy = n, "--on-demand-files"
	}
	if d := o.strangers.Time; d > 0 && (b.Time == 0 || d < b.Time) {
		b.Time, b.TimeBy = d, "--on-demand-time"
	}
}

// shareOfDisk is which part of the disk images on demand have if nobody says how much, and
// which part the cache has, as their layers take about as much: something is left for others.
const shareOfDisk = 3

// boundCache bounds what strangers can make of the cache, unless somebody has said how large
// it may become.
func (o *converting) boundCache(b *build.Builder) error {
	if len(o.onDemand) == 0 || o.cacheSized() {
		return nil
	}
	disk, err := b.Layers.Space()
	if err != nil {
		return fmt.Errorf("looking how large the disk of the cache is: %w (or say --cache-size SIZE)", err)
	}
	b.Retention.Size = disk.Total / shareOfDisk
	return nil
}

func (o *converting) hub(ctx context.Context, s images, b *build.Builder, policy hub.Policy, log *slog.Logger) (*hub.Hub, error) {
	disk, err := s.Space()
	if err != nil {
		return nil, fmt.Errorf("looking how large the disk of the images is: %w (or say --images-size SIZE)", err)
	}
	o.limits.Disk = int64(o.imagesSize)
	if !o.sized() {
		o.limits.Disk = disk.Total / shareOfDisk
	}
	c := &converter{builder: b, store: s, maxSize: int64(o.maxImage)}
	c.hub = hub.New(ctx, hub.Options{
		Policy:    policy,
		Limits:    o.limits,
		Freshness: hub.Freshness{Every: o.every, Days: time.Duration(o.days) * 24 * time.Hour},
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
