package server

import "sync"

// fresh shares the work of making a value among those who ask for it at the
// same time, but never gives anybody a value whose making had begun before they
// asked: that one may have missed what they know to be there. So however many
// ask, one value is being made and one more is waited for.
type fresh[T any] struct {
	make func() (T, error)

	mu   sync.Mutex
	next *flight[T] // whose making has not begun; nil: there is none
	last *flight[T] // the newest; each waits for the one before it
}

type flight[T any] struct {
	done  chan struct{}
	value T
	err   error
}

func (f *fresh[T]) get() (T, error) {
	f.mu.Lock()
	flown, before := f.next, f.last
	mine := flown == nil
	if mine {
		flown = &flight[T]{done: make(chan struct{})}
		f.next, f.last = flown, flown
	}
	f.mu.Unlock()
	if mine {
		f.fly(flown, before)
	}
	<-flown.done
	return flown.value, flown.err
}

func (f *fresh[T]) fly(flown, before *flight[T]) {
	defer close(flown.done)
	if before != nil {
		<-before.done
	}
	f.mu.Lock()
	f.next = nil // whoever asks from now on is too late for this one
	f.mu.Unlock()
	flown.value, flown.err = f.make()
}
