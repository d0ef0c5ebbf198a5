package background

import (
	"context"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

type key struct{}

// how is how nice the work of a context is to others, in steps of nice(2).
type how struct {
	steps int
	young int       // how many of them are left out
	until time.Time // until then
}

func of(ctx context.Context) how {
	h, _ := ctx.Value(key{}).(how)
	return h
}

// With returns a context whose work is nicer to others, by so many steps of nice(2) more
// than that of its parent.
func With(ctx context.Context, by int) context.Context {
	h := of(ctx)
	h.steps += by
	return context.WithValue(ctx, key{}, h)
}

// Steps is how nice the work of a context is, in steps of nice(2), once it is not young any more.
func Steps(ctx context.Context) int { return of(ctx).steps }

// Young returns a context whose work leaves so many steps out for a while: what is short
// is done by then, and what is long should not be begun as if it were.
func Young(ctx context.Context, by int, while time.Duration) context.Context {
	h := of(ctx)
	h.young, h.until = min(by, h.steps), time.Now().Add(while)
	return context.WithValue(ctx, key{}, h)
}

// Spared says whether the work of a context is in the background, but has the usual priority for
// now, because somebody may be waiting for it.
func Spared(ctx context.Context) bool { return SparedFor(ctx) > 0 }

// SparedFor is how long it will be Spared; not positive if it is not.
func SparedFor(ctx context.Context) time.Duration {
	if h := of(ctx); h.young > 0 {
		return time.Until(h.until)
	}
	return 0
}

// Do runs f with the priority that the context says, and returns when f has ended.
// Goroutines that f starts have the usual one.
func Do(ctx context.Context, f func()) {
	h := of(ctx)
	left := time.Until(h.until)
	if left <= 0 {
		h.young = 0
	}
	if h.steps == 0 {
		f()
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		// Only root may give a thread its priority back: this one ends with the goroutine.
		runtime.LockOSThread()
		_ = lower(0, h.steps-h.young)
		if h.young > 0 {
			defer later(left, h.young)()
		}
		f()
	}()
	<-done
}

// later makes the calling thread nicer after a while, unless it is told to stop before.
func later(left time.Duration, by int) (stop func()) {
	thread := unix.Gettid()
	var mu sync.Mutex
	over := false
	timer := time.AfterFunc(left, func() {
		mu.Lock()
		defer mu.Unlock()
		if !over { // else the thread may be another one
			_ = lower(thread, by)
		}
	})
	return func() {
		timer.Stop()
		mu.Lock()
		defer mu.Unlock()
		over = true
	}
}

// lower makes a thread nicer; 0 is the calling one.
func lower(thread, by int) error {
	raw, err := unix.Getpriority(unix.PRIO_PROCESS, thread) // 20 less the niceness: getpriority(2), C library/kernel differences
	if err != nil {
		return err
	}
	return unix.Setpriority(unix.PRIO_PROCESS, thread, min(20-raw+by, 19))
}
