package convert

import (
	"context"
	"fmt"

	"lxdocker/internal/background"
	"lxdocker/internal/image"
	"lxdocker/internal/layer"
	"lxdocker/internal/lxdimage"
	"lxdocker/internal/progress"
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
		Properties:   c.properties(),
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
	return c.converter.limits.assembling(ctx, files, c.OnDemand, func(files int64) (err error) {
		if files > smallTree {
			c.converter.Layers.Codec().ReleaseIdle() // nearly nothing is compressed from here on
		}
		background.Do(ctx, func() { err = c.assemble(ctx, packs, files, out) })
		return err
	})
}

// assemble puts the image together from what its layers have become, if it is as large as
// so many files.
func (c *Conversion) assemble(ctx context.Context, packs []*layer.Pack, files int64, out output) error {
	c.task.Step(progress.Merging, 0)
	p := process(c.source.Config, c.Edits)
	tree, err := c.tree(ctx, packs, files, p)
	if err != nil {
		return err
	}
	if err := tree.Sort(ctx); err != nil {
		return err
	}
	c.idmap = idmapSize(tree)
	o := lxdimage.Options{
		Format: c.converter.Format, Codec: c.converter.Layers.Codec(),
		Started:  func(kind string, bytes int64) { c.task.Step(stepOf(kind), bytes) },
		Progress: c.task.Add,
	}
	if err := lxdimage.Write(ctx, out, o, c.metadata(p), tree); err != nil {
		return err
	}
	return c.note(ctx, out.draft, tree)
}

// stepOf is what people are shown while a file of an image is written.
func stepOf(kind string) string {
	if kind == image.Tarball {
		return progress.Archiving
	}
	return progress.Assembling
}
