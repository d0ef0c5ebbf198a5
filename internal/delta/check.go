package delta

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"sync"
)

// Check decodes a delta against the source and compares the result with the target,
// byte by byte. An error says where they differ, or what is wrong at which byte of the
// delta. Any bytes may be given as a delta, but only what Encode writes is understood:
// RFC 3284 has more.
func Check(ctx context.Context, delta io.Reader, source, target File) error {
	c := &checker{source: sourceFile(source), target: targetFile(target)}
	if err := c.check(ctx, newReader(delta)); err != nil {
		return fmt.Errorf("checking a delta: %w", err)
	}
	return nil
}

// checker checks windows on all cores.
type checker struct {
	source, target input
	windows        chan *window

	mu  sync.Mutex
	at  int64 // of the window of err, in the target
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

// readAll reads all windows and passes them on, and returns where in the target they
// end.
func (c *checker) readAll(ctx context.Context, r *reader) (end int64, err error) {
	for !c.failed() {
		if ctx.Err() != nil {
			return end, context.Cause(ctx) // select would choose at random
		}
		w, err := r.window(c.source.size, c.target.size-end)
		if err == io.EOF && end < c.target.size {
			return end, fmt.Errorf("it ends at %d of %d bytes of the target", end, c.target.size)
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
	largest := min(windowSize, c.target.size)
	decoded, buf := make([]byte, largest), make([]byte, min(mostRead, largest))
	for w := range c.windows {
		if err := w.check(c.source, c.target, decoded[:w.target], buf); err != nil {
			c.fail(w.at, fmt.Errorf("window at %d: %w", w.begin, err))
		}
	}
}

// fail records an error. The one of the earliest window wins, whichever comes first:
// all windows before it were begun, and will end.
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
