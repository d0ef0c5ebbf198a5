package build

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"lxdocker/internal/progress"
	"lxdocker/internal/spec"
	"lxdocker/internal/store"
)

// Follow runs the specs again and again until ctx ends: once immediately, then at the given
// interval, a tenth more or less, or when now says so. load reads the specs for each run.
// While another process works on the specs, Follow leaves them to it.
func (b *Builder) Follow(ctx context.Context, s store.Store, load func() (spec.Set, error), host string, every time.Duration, now <-chan struct{}) {
	for ctx.Err() == nil {
		if err := b.follow(ctx, s, load, host); err != nil && ctx.Err() == nil {
			b.Log.Error("cannot bring the images of the specs up to date; they stay as they are", "error", err)
		}
		pause := every - every/10 + rand.N(every/5+1)
		b.Runs.Next(b.Now().Add(pause))
		wait := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-wait.C:
		case <-now:
		}
		wait.Stop()
	}
}

func (b *Builder) follow(ctx context.Context, s store.Store, load func() (spec.Set, error), host string) error {
	unlock, err := s.TryLock(ctx)
	var locked *store.LockedError
	if errors.As(err, &locked) {
		b.Log.Info("another process works on the specs", "who", locked.Holder.String())
		return nil
	}
	if err != nil {
		return err
	}
	defer unlock()
	specs, err := load()
	if err != nil {
		NoteFailed(ctx, b.Runs, err, nil)
		return err
	}
	plan := NewPlan(specs, host)
	for _, d := range plan.Wrong {
		b.Log.Warn("a spec is wrong; its images stay as they are", "error", d)
	}
	results, err := b.Run(ctx, s, Request{Jobs: plan.Jobs, Kept: plan.Kept, Wrong: plan.Wrong, Whole: true, Background: true})
	failed := len(plan.Wrong)
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
	return err
}
