package delta

import (
	"context"
	"fmt"
	"io"
	"sync"
)

// planAhead is how many windows may be planned before they are written.
const planAhead = 4

// Encode writes a delta that makes the target from the source. After an error, what w
// got is useless.
func Encode(ctx context.Context, w io.Writer, source, target File) error {
	if err := encode(ctx, w, sourceFile(source), targetFile(target)); err != nil {
		return fmt.Errorf("encoding a delta: %w", err)
	}
	return nil
}

// encode finds and writes in parallel.
func encode(ctx context.Context, w io.Writer, source, target input) error {
	ctx, stop := context.WithCancel(ctx)
	plans := make(chan plan, planAhead)
	var findErr error
	var finding sync.WaitGroup
	finding.Go(func() {
		defer close(plans)
		f := finder{source: newView(source), target: newView(target), planner: &planner{plans: plans}}
		findErr = f.run(ctx)
	})
	err := newWriter(w, target).writeAll(plans)
	stop()
	finding.Wait()
	if err != nil {
		return err
	}
	return findErr
}
