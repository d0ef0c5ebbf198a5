package background

import (
	"context"
	"runtime"

	"golang.org/x/sys/unix"
)

type key struct{}

// With returns a context whose work is nicer to others, by so many steps of nice(2) more
// than that of its parent.
func With(ctx context.Context, by int) context.Context {
	return context.WithValue(ctx, key{}, steps(ctx)+by)
}

func steps(ctx context.Context) int {
	n, _ := ctx.Value(key{}).(int)
	return n
}

// Do runs f with the priority that the context says, and returns when f has ended.
// Goroutines that f starts have the usual one.
func Do(ctx context.Context, f func()) {
	by := steps(ctx)
	if by == 0 {
		f()
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		// Only root may give a thread its priority back: this one ends with the goroutine.
		runtime.LockOSThread()
		_ = lower(by)
		f()
	}()
	<-done
}

// lower makes the calling thread nicer.
func lower(by int) error {
	raw, err := unix.Getpriority(unix.PRIO_PROCESS, 0) // 20 less the niceness: getpriority(2), C library/kernel differences
	if err != nil {
		return err
	}
	return unix.Setpriority(unix.PRIO_PROCESS, 0, min(20-raw+by, 19))
}
