package convert

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lxdocker/internal/failure"
	"lxdocker/internal/layer"
	"lxdocker/internal/rootfs"
)

// Bounds are what one image may cost, whatever it is like. Zero is no limit.
type Bounds struct {
	Layers   int
	Unpacked int64 // bytes of all layers
	Files    int64 // of all layers, with directories
	Time     time.Duration
	// Settings name the flags of these.
	LayersBy, UnpackedBy, FilesBy, TimeBy string
	// Dense refuses images that expand to more than a thousand times their size, and to
	// more than some GiB: nothing that is of use to anybody is compressed so much.
	Dense bool
}

// perFile is how many bytes of names and attributes a file may have on average.
const perFile = 96

// resolving is how long it may take to find what a reference means: some documents.
const resolving = 15 * time.Minute

// size is how many bytes the layers of the source have, compressed.
func (c *Conversion) size() (n int64) {
	for _, l := range c.source.Layers {
		n = plus(n, max(0, l.Size))
	}
	return n
}

// treeLimits are the bounds of the image's tree.
func (c *Conversion) treeLimits() rootfs.Limits {
	b := c.bounds
	l := rootfs.Limits{Bytes: b.Unpacked, Entries: b.Files, Metadata: perFile * b.Files, BytesWhy: "the limit of " + b.UnpackedBy, FilesBy: b.FilesBy}
	const always, times = 4 << 30, 1000
	if size := c.size(); b.Dense && size < 1<<50 {
		if most := max(always, times*size); l.Bytes == 0 || most < l.Bytes {
			l.Bytes, l.BytesWhy = most, fmt.Sprintf("the most for layers of only %d bytes", size)
		}
	}
	return l
}

// budget is the same for its layers, while they are fetched.
func (c *Conversion) budget() *layer.Budget {
	l := c.treeLimits()
	return &layer.Budget{Most: layer.Amount{Bytes: l.Bytes, Entries: l.Entries, Metadata: l.Metadata}, BytesWhy: l.BytesWhy, FilesBy: l.FilesBy}
}

// limited runs f with a context that ends after a while, and explains that end.
func limited(ctx context.Context, limit time.Duration, why error, f func(context.Context) error) error {
	if limit <= 0 {
		return f(ctx)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, why)
	defer cancel()
	err := f(ctx)
	if err != nil && errors.Is(context.Cause(ctx), why) {
		return why // others say only that a deadline has passed
	}
	return err
}

func (b Bounds) tooLong() error {
	text := fmt.Sprintf("it takes longer than %v", b.Time)
	return failure.Tell(failure.Errorf(failure.TooLarge, "%s, the limit of %s", text, b.TimeBy), text)
}
