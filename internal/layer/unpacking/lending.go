package unpacking

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"

	"lxdocker/internal/layer"
)

// lending lends windows of zstd to a process.
type lending struct {
	ctx     context.Context // ends with the work
	fail    context.CancelCauseFunc
	windows layer.Windows
	to      io.Writer // is sent a byte for each

	waiting sync.WaitGroup
	asked   atomic.Bool // for one that it has not got yet
	mu      sync.Mutex
	lent    []int64 // bytes of each
}

// lend lends a window as soon as that is possible. A layer needs one at a time.
func (l *lending) lend(bytes int64) error {
	if !l.asked.CompareAndSwap(false, true) {
		return errors.New("unpacking in another process: it asks for two windows at once")
	}
	l.waiting.Go(func() {
		if err := l.windows.Acquire(l.ctx, bytes); err != nil {
			if l.ctx.Err() == nil {
				l.fail(err)
			}
			return
		}
		l.mu.Lock()
		l.lent = append(l.lent, bytes)
		l.mu.Unlock()
		l.asked.Store(false)
		_, _ = l.to.Write([]byte{0}) // if it has gone, it needs none
	})
	return nil
}

// back takes a window back.
func (l *lending) back(bytes int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.Index(l.lent, bytes)
	if i < 0 {
		return fmt.Errorf("unpacking in another process: it gives back a window of %d bytes that it does not have", bytes)
	}
	l.lent = slices.Delete(l.lent, i, i+1)
	l.windows.Release(bytes)
	return nil
}

// end takes back what the process still has. The context has ended.
func (l *lending) end() {
	l.waiting.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, bytes := range l.lent {
		l.windows.Release(bytes)
	}
	l.lent = nil
}
