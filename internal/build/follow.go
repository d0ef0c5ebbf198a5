package build

import (
	"context"
	"errors"
	"time"

	"lxdocker/internal/progress"
	"lxdocker/internal/spec"
	"lxdocker/internal/store"
)

// Following says what Follow works on. All fields but Told must be set.
type Following struct {
	Store store.Store
	Load  func() (spec.Set, error) // reads the specs, for each run
	Host  string                   // the architecture of specs that name none
	Due   Timetable
	Now   <-chan struct{} // something is new: run at once

	Told func(Progress) // of what happens; nil: nobody is
}

// Progress is where Follow is.
type Progress struct {
	Running bool
	Ended   time.Time // of the last run that came to its end; zero: none has
	Failed  int       // images and specs in that
	Next    time.Time // when the next run is due
}

// Follow runs the specs again and again until ctx ends: once immediately, then when that is
// due, or something is new. While another process works on the specs, Follow leaves them to
// it, and looks a minute later what is left to do.
func (b *Builder) Follow(ctx context.Context, f Following) {
	var at Progress
	busy := false
	repeat(ctx, f.Due, f.Now, b.Now, func() bool {
		at.Running = true
		f.tell(at)
		failed, err := b.follow(ctx, f)
		at.Running = false
		var locked *store.LockedError
		was := busy
		switch busy = errors.As(err, &locked); {
		case busy && !was:
			b.Log.Info("another process works on the specs", "who", locked.Holder.String())
		case err == nil:
			at.Ended, at.Failed = b.Now(), failed
		case !busy && ctx.Err() == nil:
			b.Log.Error("cannot bring the images of the specs up to date; they stay as they are", "error", err)
		}
		return busy
	}, func(next time.Time) {
		at.Next = next
		f.tell(at)
		b.Runs.Next(next)
	})
}

func (f Following) tell(at Progress) {
	if f.Told != nil {
		f.Told(at)
	}
}

// follow runs the specs, and says how many images and specs failed.
func (b *Builder) follow(ctx context.Context, f Following) (failed int, err error) {
	unlock, err := f.Store.TryLock(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	specs, err := f.Load()
	if err != nil {
		NoteFailed(ctx, b.Runs, err, nil)
		return 0, err
	}
	plan := NewPlan(specs, f.Host)
	for _, d := range plan.Wrong {
		b.Log.Warn("a spec is wrong; its images stay as they are", "error", d)
	}
	results, err := b.Run(ctx, f.Store, Request{Jobs: plan.Jobs, Kept: plan.Kept, Wrong: plan.Wrong, Whole: true, Background: true})
	failed = len(plan.Wrong)
	for _, r := range results {
		if r.Err != nil {
			failed++
		}
		switch {
		case r.Err != nil && ctx.Err() == nil:
			b.Log.Warn("an image of a spec failed; its version stays", "image", r.Product, "error", r.Err)
		case r.Outcome == progress.Built, r.Outcome == progress.Removed:
			b.Log.Info("an image of a spec is new or gone", "image", r.Product, "outcome", r.Outcome, "version", r.Version.Serial)
		}
	}
	if err == nil && ctx.Err() == nil {
		b.observer().Followed(failed, b.Now())
	}
	return failed, err
}
