package background

import (
	"context"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func niceness(t *testing.T) int {
	t.Helper()
	raw, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	if err != nil {
		t.Fatal(err)
	}
	return 20 - raw
}

func TestWorkIsAsNiceAsItsContextSays(t *testing.T) {
	usual := niceness(t)
	once := With(t.Context(), 3)
	for _, c := range []struct {
		ctx  context.Context
		want int
	}{{t.Context(), usual}, {once, min(usual+3, 19)}, {With(once, 2), min(usual+5, 19)}, {With(once, 100), 19}} {
		got := -1
		Do(c.ctx, func() { got = niceness(t) })
		if got != c.want {
			t.Errorf("it has the niceness %d, not %d", got, c.want)
		}
	}
	for range 100 { // no thread of the others has changed
		done := make(chan int)
		go func() { done <- niceness(t) }()
		if got := <-done; got != usual {
			t.Fatalf("a goroutine has the niceness %d afterwards, not %d", got, usual)
		}
	}
}

func TestYoungWorkIsLessNiceForAWhile(t *testing.T) {
	usual := niceness(t)
	ctx := With(t.Context(), 6)
	Do(Young(ctx, 4, time.Hour), func() {
		if got := niceness(t); got != min(usual+2, 19) {
			t.Errorf("at first it has the niceness %d, not %d", got, usual+2)
		}
	})
	young := Young(ctx, 4, 20*time.Millisecond)
	Do(young, func() {
		for began := time.Now(); niceness(t) != min(usual+6, 19); {
			if time.Since(began) > 10*time.Second {
				t.Errorf("it keeps the niceness %d", niceness(t))
				return
			}
			time.Sleep(time.Millisecond)
		}
	})
	Do(young, func() {
		if got := niceness(t); got != min(usual+6, 19) {
			t.Errorf("what begins later has the niceness %d, not %d", got, usual+6)
		}
	})
	if got := niceness(t); got != usual {
		t.Errorf("the goroutine itself has the niceness %d afterwards, not %d", got, usual)
	}
}
