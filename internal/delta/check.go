package delta

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"sync"
)

// Check decodes a delta against old and compares what comes out with new, byte
// for byte. An error says where they differ, or what is wrong at which byte of
// the delta. Any bytes may be given as a delta, but only what Encode writes is
// understood: RFC 3284 knows more.
func Check(ctx context.Context, delta io.Reader, old, new Source) error {
	c := &checker{old: oldFile(old), new: newFile(new)}
	if err := c.check(ctx, newReader(delta)); err != nil {
		return fmt.Errorf("checking a delta: %w", err)
	}
	return nil
}

// checker checks windows on all cores.
type checker struct {
	old, new file
	windows  chan *window

	mu  sync.Mutex
	at  int64 // of the window of err, in new
	err error // that of the first window that has one
}

func (c *checker) check(ctx context.Context, r *reader) error {
	if err := r.magic(); err != nil {
		return err
	}
	c.windows = make(chan *window)
	var all sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), 8) {
		all.Go(c.work)
	}
	end, err := c.readAll(ctx, r)
	close(c.windows)
	all.Wait()
	if err != nil {
		c.fail(end, err)
	}
	return c.err
}

// readAll has all windows checked, and says up to where in new they go.
func (c *checker) readAll(ctx context.Context, r *reader) (end int64, err error) {
	for !c.failed() {
		if ctx.Err() != nil {
			return end, context.Cause(ctx) // select would toss a coin
		}
		w, err := r.window(c.old.size, c.new.size-end)
		if err == io.EOF && end < c.new.size {
			return end, fmt.Errorf("it ends at %d of %d bytes of new", end, c.new.size)
		} else if err == io.EOF {
			return end, nil
		} else if err != nil {
			return end, err
		}
		w.at = end
		select {
		case c.windows <- w:
		case <-ctx.Done():
			return end, context.Cause(ctx)
		}
		end += int64(w.target)
	}
	return end, nil
}

func (c *checker) work() {
	largest := min(windowSize, c.new.size)
	target, buf := make([]byte, largest), make([]byte, min(mostRead, largest))
	for w := range c.windows {
		if err := w.check(c.old, c.new, target[:w.target], buf); err != nil {
			c.fail(w.at, fmt.Errorf("window at %d: %w", w.begin, err))
		}
	}
}

// fail notes an error. That of the earliest window counts, whichever was faster:
// all before it were begun, and will end.
func (c *checker) fail(at int64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil || at < c.at {
		c.at, c.err = at, err
	}
}

func (c *checker) failed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err != nil
}
