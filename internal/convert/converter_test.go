package convert

import (
	"context"
	"fmt"
	"testing"
	"time"

	"lxdocker/internal/rootfs"
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
	greedy := make(chan struct{}, ownLayers)
	for range 4 {
		if _, err := l.layer(t.Context(), greedy); err != nil {
			t.Fatal(err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.layer(ended, greedy); err == nil {
		t.Error("there is no end of permits for one image")
	}
	release, err := l.layer(ended, make(chan struct{}, ownLayers))
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
	if err := l.assembling(t.Context(), 1_000_000, true, true, func(int64) error {
		return l.assembling(soon, smallTree, true, false, func(int64) error { return nil })
	}); err != nil {
		t.Errorf("a small tree waits for a large one: %v", err)
	}
}

// TestATreeThatIsNotSmallIsAssembledAlone, though its layers have few entries: each of the
// small ones might be as large as all limits allow.
func TestATreeThatIsNotSmallIsAssembledAlone(t *testing.T) {
	l := newLimits(4)
	var as []int64
	err := l.assembling(t.Context(), 10, true, false, func(files int64) error {
		as = append(as, files)
		small, layers := l.small.TryAcquire(smallTrees), l.layers.TryAcquire(1)
		if small != (files > smallTree) || layers != (files <= smallTree) {
			t.Errorf("as %d files, it has other permits", files)
		}
		if small {
			l.small.Release(smallTrees)
		}
		if layers {
			l.layers.Release(1)
		}
		if expected(files) != nil {
			return fmt.Errorf("applying: %w", rootfs.ErrLarger)
		}
		return nil
	})
	if err != nil || len(as) != 2 {
		t.Errorf("it was assembled as %d files: %v", as, err)
	}
}
