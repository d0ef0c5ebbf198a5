package hub

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestWhatWaitsAndWhatRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFixture(t)
		w.gate = make(chan struct{})
		h, cancel := w.idle(func(o *Options) { o.Limits.Conversions = 2 })
		defer cancel()
		for _, name := range []string{"a", "b", "c", "d"} {
			go func() { _, _ = h.Image(t.Context(), name, "amd64", name) }()
		}
		synctest.Wait()
		if got := h.Work(); got.Running != 2 || got.Waiting != 2 {
			t.Errorf("%+v", got)
		}
		close(w.gate)
		h.working.Wait()
		if got := h.Work(); got != (Work{}) {
			t.Errorf("when all is done: %+v", got)
		}
	})
}

func TestTheOldestCheck(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*fixture)
		want   time.Duration // ago, at least; and an hour more, at most
	}{
		"a registry that answers":         {func(*fixture) {}, 0},
		"a registry that is down":         {func(w *fixture) { w.err = errors.New("down") }, 100 * time.Hour},
		"a registry that limits the rate": {func(w *fixture) { w.limited = w.now().Add(1000 * time.Hour) }, 100 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newFixture(t)
				w.old(nginx, time.Minute)
				w.old("docker.io/library/redis:latest", time.Minute)
				w.old("docker.io/library/pinned@sha256:0123456789012345678901234567890123456789012345678901234567890123", time.Minute)
				test.change(w)
				h, end := w.hub(hourly)
				defer end()
				time.Sleep(100*time.Hour + time.Minute)
				if ago := w.now().Sub(h.Work().OldestCheck); ago < test.want || ago > test.want+90*time.Minute {
					t.Errorf("it is %v ago", ago)
				}
			})
		})
	}
}

func TestWithoutImagesThereIsNoOldestCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, end := newFixture(t).hub(hourly)
		defer end()
		time.Sleep(10 * time.Hour)
		if got := h.Work(); got != (Work{}) {
			t.Errorf("%+v", got)
		}
	})
}
