package convert

import (
	"context"
	"io"

	"lxdocker/internal/convert/assembly"
	"lxdocker/internal/lxdimage"
	"lxdocker/internal/progress"
)

// Warm compresses what every image for an architecture contains: programs of the guest. The
// codec remembers that, so the first image need not wait for it. An error comes again with the
// first image.
func (c *Converter) Warm(ctx context.Context, architecture string) {
	busybox, err := c.Busybox.find(architecture)
	if err != nil {
		return
	}
	w := assembly.Work{Busybox: busybox.data, Format: c.Format, Metadata: lxdimage.Metadata{Architecture: architecture}}
	_, _ = w.Do(ctx, nil, c.Layers.Codec(), nowhere{c.Layers.Dir()}, progress.Discard().Task(""))
}

// nowhere is an output whose files nobody wants.
type nowhere struct{ scratch string }

func (nowhere) Create(kind, name string) (io.WriteCloser, error) { return nobody{io.Discard}, nil }

func (nowhere) Note(func(io.Writer) error) error { return nil }

func (n nowhere) Scratch() string { return n.scratch }

type nobody struct{ io.Writer }

func (nobody) Close() error { return nil }
