package convert

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"lxdocker/internal/delta"
	"lxdocker/internal/image"
	"lxdocker/internal/progress"
	"lxdocker/internal/store"
)

// maxDeltaRatio is how large a delta may be, against what it makes: clients that
// have the older version fetch so much less.
const maxDeltaRatio = 0.7

// addDelta adds to a draft what makes its root file system out of the one that
// clients have now, if that is worth having. A client that has begun with a delta
// has no other way to the image (LXD 5.0.2 and Incus 7.0:
// client/simplestreams_images.go), so it is decoded once more before it counts.
// The image does not depend on it: what goes wrong is said, and left out.
func (c *Conversion) addDelta(ctx context.Context, s store.Store, draft store.Draft, base image.Version) error {
	old, ok := base.File(image.Squashfs)
	if !ok || c.converter.NoDeltas {
		return nil
	}
	log := c.converter.Log.With("image", base.Name, "architecture", base.Architecture, "to", base.Serial)
	began := time.Now()
	var size int64
	err := withPermits(ctx, c.converter.limits.assemble, 1, func() (err error) {
		size, err = c.writeDelta(ctx, s, draft, base.Path(old))
		return err
	})
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, errNotWorth):
		log.Debug("no delta is worth having")
	case err != nil:
		log.Warn("leaving out a delta", "error", err)
	default:
		log.Debug("made a delta", "bytes", size, "after", time.Since(began).Round(time.Millisecond))
	}
	return nil
}

var errNotWorth = errors.New("the two have too little in common")

func (c *Conversion) writeDelta(ctx context.Context, s store.Store, draft store.Draft, base string) (size int64, err error) {
	fresh, err := draft.Open(image.Squashfs)
	if err != nil {
		return 0, nil // another format has none
	}
	defer fresh.Close()
	published, err := s.OpenFile(ctx, base)
	if err != nil {
		return 0, err
	}
	defer published.Close()
	from, to := store.NewReader(published), store.NewReader(fresh)
	c.task.Step(progress.Comparing, 0)
	w, err := draft.CreateDelta(published.Version)
	if err != nil {
		return 0, err
	}
	bounded := &bounded{w: w, left: int64(maxDeltaRatio * float64(fresh.Size()))}
	err = errors.Join(delta.Encode(ctx, bounded, from, to), w.Close())
	if err == nil {
		err = checkDelta(ctx, draft, from, to)
	}
	if err != nil {
		return 0, errors.Join(err, draft.Remove(w))
	}
	return bounded.written, nil
}

// checkDelta decodes what was written, from the disk.
func checkDelta(ctx context.Context, draft store.Draft, from, to delta.File) error {
	written, err := draft.Open(image.Delta)
	if err != nil {
		return err
	}
	defer written.Close()
	if err := delta.Check(ctx, store.NewReader(written), from, to); err != nil {
		return fmt.Errorf("decoding the delta again: %w", err)
	}
	return nil
}

// bounded is a writer that gives up when it becomes too much.
type bounded struct {
	w             io.Writer
	left, written int64
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.left -= int64(len(p)); b.left < 0 {
		return 0, errNotWorth
	}
	n, err := b.w.Write(p)
	b.written += int64(n)
	return n, err
}
