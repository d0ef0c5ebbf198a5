package convert

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"lxdocker/internal/failure"
	"lxdocker/internal/layer"
)

const (
	// usualWindows is what the windows of zstd may take of all layers of an image of a
	// stranger together, in bytes. Nobody else waits for them. Wider ones are large.
	usualWindows = 8 << 20
	// atMost is how long the layers of one image may be large while another image waits.
	atMost = time.Minute
)

// errSlowly is said of an image whose layers need more memory than others, for longer.
var errSlowly = failure.Publicf(failure.Unavailable,
	"a layer needs a window of zstd of more than 8 MiB, which one image at a time can have, and took longer than %v while others waited: ask again later", atMost)

// large is a place for one of the images of strangers that takes much memory at the moment:
// for a large tree, or for a wide window of zstd. Who has it for a tree gives it back
// soon. Who has it for a window may wait for a registry, and loses it to who waits.
type large struct {
	place *semaphore.Weighted

	mu      sync.Mutex
	has     *windows // nil: a tree, or nobody
	overdue bool     // has had it for long enough
	timer   *time.Timer
	waiting map[*windows]int // trees are nil
}

func newLarge() *large {
	return &large{place: semaphore.NewWeighted(1), waiting: map[*windows]int{}}
}

// take waits for the place. Those who ask for the windows of an image do not wait for each
// other in a way that counts.
func (l *large) take(ctx context.Context, w *windows) error {
	l.mu.Lock()
	l.waiting[w]++
	l.hurry()
	l.mu.Unlock()
	err := l.place.Acquire(ctx, 1)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting[w]--; l.waiting[w] == 0 {
		delete(l.waiting, w)
	}
	if err != nil || w == nil {
		return err
	}
	l.has = w
	l.timer = time.AfterFunc(atMost, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.has == w {
			l.overdue = true
			l.hurry()
		}
	})
	return nil
}

// hurry ends the work of who has had the place for long enough, if another one wants it.
// The caller has mu.
func (l *large) hurry() {
	for w := range l.waiting {
		if l.overdue && w != l.has {
			l.has.end(errSlowly)
		}
	}
}

// give gives the place back.
func (l *large) give() {
	l.mu.Lock()
	if l.timer != nil {
		l.timer.Stop()
	}
	l.has, l.overdue, l.timer = nil, false, nil
	l.mu.Unlock()
	l.place.Release(1)
}

// windows lends memory for windows of zstd to the layers of one image of a stranger: those
// of specs, and of other strangers, do not wait for a registry that sends slowly.
type windows struct {
	usual *semaphore.Weighted
	wide  *large
	end   context.CancelCauseFunc // of the work on the image
}

var _ layer.Windows = (*windows)(nil)

func (l limits) windows(end context.CancelCauseFunc) *windows {
	return &windows{semaphore.NewWeighted(usualWindows), l.large, end}
}

// Acquire implements layer.Windows.
func (w *windows) Acquire(ctx context.Context, bytes int64) error {
	if bytes > usualWindows {
		return w.wide.take(ctx, w)
	}
	return w.usual.Acquire(ctx, bytes)
}

// Release implements layer.Windows.
func (w *windows) Release(bytes int64) {
	if bytes > usualWindows {
		w.wide.give()
		return
	}
	w.usual.Release(bytes)
}
