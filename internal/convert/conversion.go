package convert

import (
	"context"
	"fmt"

	"lxdocker/internal/background"
	"lxdocker/internal/convert/assembly"
	"lxdocker/internal/image"
	"lxdocker/internal/layer"
	"lxdocker/internal/memory"
	"lxdocker/internal/store"
)

// Publish makes the image and publishes it in a store as a version of a product,
// with a delta from base if that has something to begin with.
func (c *Conversion) Publish(ctx context.Context, s store.Store, as image.Product, base image.Version) (image.Version, error) {
	var v image.Version
	b := c.bounds
	err := limited(ctx, b.Time, b.tooLong(), func(ctx context.Context) error {
		return c.retryDamaged(func() (err error) {
			v, err = c.publish(ctx, s, as, base)
			return err
		})
	})
	if err != nil {
		return image.Version{}, fmt.Errorf("converting %s: %w", c.source.Reference, err)
	}
	return v, nil
}

func (c *Conversion) publish(ctx context.Context, s store.Store, as image.Product, base image.Version) (image.Version, error) {
	draft, err := c.draft(ctx, s)
	if err != nil {
		return image.Version{}, err
	}
	defer draft.Discard()
	if err := c.addDelta(ctx, s, draft, base); err != nil {
		return image.Version{}, err
	}
	if c.Room != nil {
		if err := c.Room(ctx, sizeOf(draft)-c.taken, true); err != nil {
			return image.Version{}, err
		}
	}
	return draft.Publish(ctx, c.version(as))
}

// version is what is known of the image beyond its files.
func (c *Conversion) version(as image.Product) image.Version {
	return image.Version{
		Name:         as.Name,
		Architecture: as.Architecture,
		Hub:          c.OnDemand,
		Key:          c.Key(),
		Source:       c.source.Reference.String(),
		SourceDigest: c.source.Digest,
		Layers:       c.Layers(),
		Release:      c.source.Reference.Tag(),
		Description:  c.description(),
		Aliases:      c.Edits.Aliases,
		Properties:   c.published(),
		Requirements: c.Edits.Requirements,
		Runs:         c.runs(),
	}
}

// write makes the files of the image.
func (c *Conversion) write(ctx context.Context, out output) error {
	packs, err := c.packs(ctx)
	if err != nil {
		return err
	}
	defer closeAll(packs)
	var files int64
	for _, p := range packs {
		files += p.Count()
	}
	apart := c.converter.Apart != nil && !background.Spared(ctx)
	return c.converter.limits.assembling(ctx, files, c.OnDemand, apart, func(files int64) (err error) {
		background.Do(ctx, func() { err = c.assemble(ctx, packs, files, apart, out) })
		return err
	})
}

// assemble puts the image together from what its layers have become, if it is as large as
// so many files; a large one always apart, if that is possible: nothing of it is in the way of
// those who wait for something else.
func (c *Conversion) assemble(ctx context.Context, packs []*layer.Pack, files int64, apart bool, out assembly.Output) (err error) {
	w, codec := c.work(files), c.converter.Layers.Codec()
	c.idmap = ""
	switch large := files > smallTree; {
	case apart || large && c.converter.Apart != nil:
		defer c.converter.reserve(files)()
		c.idmap, err = w.DoApart(ctx, c.converter.Apart, c.converter.Processes, packs, codec.Level(), out, c.task)
		return err
	case large:
		codec.ReleaseIdle() // nearly nothing is compressed from here on
	}
	c.idmap, err = w.Do(ctx, packs, codec, out, c.task)
	return err
}

// reserve has memory left for a process that assembles so many files.
func (c *Converter) reserve(files int64) (end func()) {
	switch {
	case c.Unpacking == nil || files <= smallTree:
		return func() {}
	case files > largerTree:
		here, there := memory.Reserve(alsoHere), c.Unpacking.Reserve(larger)
		return func() { here(); there() }
	}
	return c.Unpacking.Reserve(smaller)
}

// work is what is to be assembled.
func (c *Conversion) work(files int64) assembly.Work {
	p := process(c.source.Config, c.Edits)
	w := assembly.Work{
		Limits: c.treeLimits(), Files: c.Edits.Files, Process: p, Busybox: c.busybox.data,
		Metadata: c.metadata(p), Format: c.converter.Format,
	}
	w.Limits.Expected = expected(files)
	for _, l := range c.source.Layers {
		w.Digests = append(w.Digests, l.Digest)
	}
	return w
}
