package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"lxdocker/internal/build"
	"lxdocker/internal/changes"
	"lxdocker/internal/image"
	"lxdocker/internal/server"
	"lxdocker/internal/spec"
)

// specs keeps the images of specs up to date until ctx ends: at their times, when files of the
// folder change, when one is launched, and when it is told to look.
func (o *options) specs(ctx context.Context, s images, b *build.Builder, host string, offer *server.Options, watched *watched, w *work, log *slog.Logger) error {
	due, err := o.Timetable()
	if err != nil {
		return err
	}
	if watched != nil {
		watched.Specs(time.Now())
	}
	w.due.Store(&due)
	load := func() (spec.Set, error) { return spec.ReadDir(o.Specs) }
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
	w.builds = &builds{}
	watching := make(chan struct{}) // no change is missed between the first run and this
	folder := changes.Watch{
		Folder: o.Specs, Except: []string{o.Cache, o.Images, ownTLS(o.Images)}, Log: log,
		Began: func() { close(watching) },
		Changed: func() {
			log.Info("files have changed beside the specs: looking what is new", "specs", o.Specs)
			look()
		},
	}
	w.running.Go(func() { w.watch(folder, ctx) })
	w.running.Go(func() {
		<-watching
		b.Follow(ctx, build.Following{Store: s, Load: load, Host: host, Due: w.timetable, Now: now, Told: w.builds.note})
	})
	return nil
}

// builds is where the builds of specs are, for those who ask.
type builds struct {
	mu sync.Mutex
	at build.Progress
}

func (b *builds) note(at build.Progress) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.at = at
}

// status is that in some words, with times of the day, or days that are not today.
func (b *builds) status(now time.Time) string {
	b.mu.Lock()
	at := b.at
	b.mu.Unlock()
	clock := func(t time.Time) string {
		if t = t.In(now.Location()); t.Format(time.DateOnly) != now.Format(time.DateOnly) {
			return t.Format("2006-01-02 15:04")
		}
		return t.Format("15:04")
	}
	text := "specs: not built yet"
	if !at.Ended.IsZero() {
		text = "specs: built at " + clock(at.Ended)
	}
	if at.Failed > 0 {
		text += fmt.Sprintf(", %d failed", at.Failed)
	}
	switch {
	case at.Running:
		text += ", being built now"
	case !at.Next.IsZero():
		text += ", again at " + clock(at.Next)
	}
	return text
}
