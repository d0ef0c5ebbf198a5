package build

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// written counts how often the static index is written.
type written struct {
	store.Store
	times atomic.Int64
}

func (w *written) UpdateStreams(context.Context, func(map[image.Product]image.Packed) ([]byte, []byte, error)) error {
	w.times.Add(1)
	return nil
}

// TestTheIndexLacksNothingForLong: what is published while a long conversion goes on
// is in the index after a minute, although nothing else is published.
func TestTheIndexLacksNothingForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &written{}
		i := index{store: w, now: time.Now, log: slog.New(slog.DiscardHandler), wrote: time.Now()}
		after := func(d time.Duration, want int64) {
			t.Helper()
			time.Sleep(d)
			synctest.Wait()
			if got := w.times.Load(); got != want {
				t.Errorf("it was written %d times, not %d", got, want)
			}
		}
		for range 3 {
			i.published(t.Context())
		}
		after(betweenIndexes-time.Second, 0)
		after(time.Second, 1)
		after(time.Hour, 1)
		i.published(t.Context())
		after(0, 2)
		i.published(t.Context())
		if err := i.flush(t.Context()); err != nil {
			t.Error(err)
		}
		after(time.Hour, 3)
		i.published(t.Context())
		i.stop()
		after(time.Hour, 3)
	})
}
