package delta

import (
	"context"
	"fmt"
	"io"
	"sync"
)

// ahead is how many windows may be found before they are written.
const ahead = 4

// Encode writes a delta that makes new from old. After an error, what w got is of
// no use.
func Encode(ctx context.Context, w io.Writer, old, new Source) error {
	if err := encode(ctx, w, oldFile(old), newFile(new)); err != nil {
		return fmt.Errorf("encoding a delta: %w", err)
	}
	return nil
}

// encode finds and writes, each on a core.
func encode(ctx context.Context, w io.Writer, old, new file) error {
	ctx, stop := context.WithCancel(ctx)
	plans := make(chan plan, ahead)
	var findErr error
	var finding sync.WaitGroup
	finding.Go(func() {
		defer close(plans)
		f := finder{old: newView(old), new: newView(new), planner: &planner{plans: plans}}
		findErr = f.run(ctx)
	})
	err := newWriter(w, new).writeAll(plans)
	stop()
	finding.Wait()
	if err != nil {
		return err
	}
	return findErr
}
