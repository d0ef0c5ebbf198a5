package convert

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// A registry that sends a layer slowly whose window is wide keeps others from large images
// for a minute, and nobody from anything else.
func TestAWideWindowIsLentForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimits(4)
		work, end := context.WithCancelCause(t.Context())
		slow, other := l.windows(end), l.windows(nil)
		acquire := func(w *windows, ctx context.Context, bytes int64) {
			if err := w.Acquire(ctx, bytes); err != nil {
				t.Error(err)
			}
		}
		acquire(slow, work, 128<<20)
		acquire(slow, work, usualWindows)
		acquire(other, t.Context(), usualWindows)
		own := make(chan error)
		go func() { own <- slow.Acquire(work, 16<<20) }() // another layer of the same image
		time.Sleep(2 * atMost)
		if work.Err() != nil {
			t.Error("it ended although nobody else waits")
		}
		began := time.Now()
		go func() {
			<-work.Done()
			slow.Release(128 << 20)
		}()
		if err := l.assembling(t.Context(), largeTree, true, true, func(int64) error { return nil }); err != nil || time.Since(began) > 0 {
			t.Errorf("who comes later waits for %v: %v", time.Since(began), err)
		}
		if err := <-own; !errors.Is(context.Cause(work), errSlowly) || err == nil {
			t.Errorf("it ended with %v, its other layer with %v", context.Cause(work), err)
		}

		work, end = context.WithCancelCause(t.Context())
		slow = l.windows(end)
		acquire(slow, work, 16<<20)
		began = time.Now()
		go func() {
			<-work.Done()
			slow.Release(16 << 20)
		}()
		acquire(other, t.Context(), 32<<20)
		if waited := time.Since(began); waited != atMost {
			t.Errorf("it waited for %v", waited)
		}
		other.Release(32 << 20)
		if l.large.has != nil || len(l.large.waiting) > 0 {
			t.Errorf("in the end %v has it, and %v wait", l.large.has, l.large.waiting)
		}
	})
}
