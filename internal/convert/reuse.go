package convert

import (
	"context"

	"golang.org/x/sync/errgroup"

	"lxdocker/internal/convert/assembly"
	"lxdocker/internal/image"
	"lxdocker/internal/lxdimage"
	"lxdocker/internal/oci"
	"lxdocker/internal/store"
)

// Reusable reports whether a published version has the root file system that this conversion
// would make, because it was made from the same manifest under another reference. Only the
// metadata differ then.
func (c *Conversion) Reusable(v image.Version) bool {
	if !c.OnDemand || !v.Hub || v.Key == "" || v.SourceDigest != c.source.Digest || c.converter.Format != lxdimage.Squashfs {
		return false
	}
	ref, err := oci.Parse(v.Source)
	if err != nil {
		return false
	}
	job, err := Demand(ref, v.Architecture)
	if err != nil || job.Platform != c.Platform {
		return false
	}
	source := *c.source
	source.Reference = ref
	rules, err := c.converter.rulesOf(job)
	if err != nil {
		return false
	}
	other := Conversion{Job: job, converter: c.converter, source: &source, busybox: c.busybox, verified: verified{rules: idsOf(rules)}}
	return other.Key() == v.Key
}

// Reuse makes the conversion take the root file system of a Reusable version, unless that is
// damaged. Nothing is fetched then.
func (c *Conversion) Reuse(v image.Version) { c.reused = v }

// reuse makes the files of the image from those of the reused version. As for every other
// image, the repository that was named must prove that it has the layers.
func (c *Conversion) reuse(ctx context.Context, out output) error {
	proofs, within := errgroup.WithContext(ctx)
	proofs.SetLimit(MaxJobs)
	for _, l := range c.source.Layers {
		proofs.Go(func() error { return c.prove(within, l, false) })
	}
	if err := proofs.Wait(); err != nil {
		return err
	}
	c.idmap = c.reused.Properties[assembly.IdmapSize]
	if err := lxdimage.WriteMetadata(out, c.metadata(process(c.source.Config, c.Edits))); err != nil {
		return err
	}
	return withPermits(ctx, c.converter.limits.assemble, 1, func() error {
		for _, kind := range []string{image.Squashfs, image.Tarball} {
			f, ok := c.reused.File(kind)
			if !ok {
				continue
			}
			c.task.Step(assembly.StepOf(kind), f.Size)
			if err := out.draft.Take(ctx, c.reused, kind); err != nil {
				return err
			}
			c.task.Add(f.Size)
			c.taken += f.Size
		}
		return nil
	})
}

// draft makes the files of the image.
func (c *Conversion) draft(ctx context.Context, s store.Store) (store.Draft, error) {
	c.taken = 0
	if c.reused.Serial != "" {
		draft, err := c.fill(ctx, s, c.reuse)
		if err == nil || ctx.Err() != nil {
			return draft, err
		}
		c.converter.Log.Info("cannot take over a root file system: it is made again", "from", c.reused.Dir(), "error", err)
		c.taken = 0
	}
	return c.fill(ctx, s, c.write)
}

func (c *Conversion) fill(ctx context.Context, s store.Store, write func(context.Context, output) error) (store.Draft, error) {
	draft, err := s.Draft(ctx)
	if err != nil {
		return nil, err
	}
	if err := write(ctx, output{draft, c.converter.Layers.Dir(), c.converter.Log.With("image", c.source.Reference.String())}); err != nil {
		draft.Discard()
		return nil, err
	}
	return draft, nil
}
