package convert

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// TestLargeTreesTakeThePermitsOfLayers: memory is for one or the other.
func TestLargeTreesTakeThePermitsOfLayers(t *testing.T) {
	for _, c := range []struct {
		jobs    int
		files   int64
		permits int64
	}{
		{4, 0, 0},
		{4, 30_000, 0}, // a Debian with an application
		{4, 100_000, 1},
		{4, 399_999, 3},
		{4, 400_000, 4},
		{4, 5_000_000, 4},
		{1, 399_999, 0},
		{1, 400_000, 1},
		{32, 5_000_000, 6},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			if got := New(Converter{}, c.jobs).limits.tree(c.files); got != c.permits {
				t.Errorf("it takes %d", got)
			}
		})
	}
}

// TestNoImageOfAStrangerHoldsWhatOthersNeed: one has all permits that there are, as its
// registry does not send anything.
func TestNoImageOfAStrangerHoldsWhatOthersNeed(t *testing.T) {
	l := newLimits(4)
	greedy := make(chan struct{}, 1)
	for range 5 {
		if _, err := l.layer(t.Context(), greedy); err != nil {
			t.Fatal(err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.layer(ended, greedy); err == nil {
		t.Error("there is no end of permits for one image")
	}
	release, err := l.layer(ended, make(chan struct{}, 1))
	if err != nil {
		t.Errorf("another image has none: %v", err)
	}
	release()
	if !l.layers.TryAcquire(4) {
		t.Fatal("specs have none")
	}
	l.layers.Release(4)
	soon, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := l.assembling(t.Context(), 1_000_000, true, func() error {
		return l.assembling(soon, smallTree, true, func() error { return nil })
	}); err != nil {
		t.Errorf("a small tree waits for a large one: %v", err)
	}
}
