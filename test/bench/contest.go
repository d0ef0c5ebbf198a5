package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// contest measures one image.
type contest struct {
	dir, program, registry, image string
}

// result holds the figures of one image.
type result struct {
	cold    figure // lxdocker, from nothing
	changed figure // lxdocker, when a layer of 10 MB at the top is new and all others are known
	known   figure // lxdocker, when all layers are known and the image is not there
	idle    figure // lxdocker, when the image is there
	delta   figure // what the delta adds to a conversion over known layers; its size
	layer   figure // the layer that differs: its compressed size

	unpacked  figure // skopeo, umoci and mksquashfs, from nothing
	flattened figure // skopeo, our own flattener and tar2sqfs, from nothing
	copied    figure // cp and sha256sum of the finished file
	size      int64  // of what mksquashfs makes of the tree that is in our finished file
}

// figure is a time, the largest memory and the size of what came out.
type figure struct {
	took time.Duration
	peak int64 // bytes
	size int64 // bytes
}

// steps adds what was done one after the other. The size is that of the last.
func steps(figures ...figure) (total figure) {
	for _, f := range figures {
		total = figure{total.took + f.took, max(total.peak, f.peak), f.size}
	}
	return total
}

// median is that of the times, with the largest memory of all: that is a promise,
// and no matter of luck.
func median(figures []figure) figure {
	slices.SortFunc(figures, func(a, b figure) int { return int(a.took - b.took) })
	m := figures[len(figures)/2]
	for _, f := range figures {
		m.peak = max(m.peak, f.peak)
	}
	return m
}

func (c contest) reference(tag string) string { return c.registry + "/library/" + c.image + ":" + tag }

// run measures everything. Those who compete take turns, so that whatever else
// the machine does hits all alike.
func (c contest) run(ctx context.Context) (r result, err error) {
	// Once without a clock: the registry's files are in memory for everybody then.
	first := c.folder("first")
	if _, err := c.compete(ctx, first, first, [][]string{c.fetch(filepath.Join(first, "blobs"))}); err != nil {
		return r, err
	}
	var cold, unpacked, flattened []figure
	for range runs {
		if err := collect(&unpacked, func() (figure, error) { return c.unpack(ctx, c.folder("unpacked")) }); err != nil {
			return r, err
		}
		if err := collect(&flattened, func() (figure, error) { return c.flatten(ctx, c.folder("flattened")) }); err != nil {
			return r, err
		}
		if err := collect(&cold, func() (figure, error) { return c.anew(ctx, []string{"cache", "images"}, "latest") }); err != nil {
			return r, err
		}
	}
	r.cold, r.unpacked, r.flattened = median(cold), median(unpacked), median(flattened)
	if err := c.repeat(ctx, &r); err != nil {
		return r, err
	}
	r.size, err = c.pack(ctx, c.folder("packed"), c.finished())
	return r, errors.Join(err, os.RemoveAll(c.dir))
}

// repeat measures what starts from known layers.
func (c contest) repeat(ctx context.Context, r *result) error {
	layer, err := c.derive(ctx)
	if err != nil {
		return fmt.Errorf("making images with another layer at the top: %w", err)
	}
	r.layer.size = layer
	var changed, known, copied, idle, delta []figure
	for n := range runs {
		if err := collect(&changed, func() (figure, error) { return c.anew(ctx, []string{"images"}, derived(n)) }); err != nil {
			return err
		}
		if err := collect(&known, func() (figure, error) { return c.anew(ctx, []string{"images"}, "latest") }); err != nil {
			return err
		}
		if err := collect(&copied, func() (figure, error) { return c.copy(ctx, c.folder("copied"), c.finished()) }); err != nil {
			return err
		}
		if err := collect(&idle, func() (figure, error) { return c.convert(ctx, "latest") }); err != nil {
			return err
		}
		// All layers are known by now; what this takes longer than "known" is the delta.
		if err := collect(&delta, func() (figure, error) { return c.convert(ctx, derived(n)) }); err != nil {
			return err
		}
	}
	r.changed, r.known, r.copied, r.idle, r.delta = median(changed), median(known), median(copied), median(idle), median(delta)
	r.delta.took = max(0, r.delta.took-r.known.took)
	info, err := os.Stat(newest(c.folder("images"), "rootfs.squashfs.vcdiff"))
	if err != nil {
		return fmt.Errorf("lxdocker has made no delta: %w", err)
	}
	r.delta.size = info.Size()
	return nil
}

func collect(figures *[]figure, measure func() (figure, error)) error {
	f, err := measure()
	*figures = append(*figures, f)
	return err
}

func (c contest) folder(name string) string { return filepath.Join(c.dir, name) }

// anew converts after some folders of lxdocker's are emptied. No competitor leaves anything
// behind: memory and disk blocks that the kernel has used before are faster.
func (c contest) anew(ctx context.Context, empty []string, tag string) (figure, error) {
	for _, name := range empty {
		if err := os.RemoveAll(c.folder(name)); err != nil {
			return figure{}, err
		}
	}
	return c.convert(ctx, tag)
}

// convert runs lxdocker.
func (c contest) convert(ctx context.Context, tag string) (figure, error) {
	fmt.Fprintf(os.Stderr, "measuring %s: lxdocker, %s\n", c.image, tag)
	specs, images := c.folder("specs"), c.folder("images")
	if err := os.MkdirAll(specs, 0o755); err != nil {
		return figure{}, err
	}
	if err := os.WriteFile(filepath.Join(specs, c.image+".yaml"), []byte("image: "+c.reference(tag)+"\n"), 0o644); err != nil {
		return figure{}, err
	}
	f, err := measure(ctx, c.program, "--specs", specs, "--cache", c.folder("cache"), "--lxdimages", images)
	if err != nil {
		return f, err
	}
	info, err := os.Stat(c.finished())
	if err != nil {
		return f, fmt.Errorf("lxdocker has made no image: %w", err)
	}
	f.size = info.Size()
	return f, nil
}

// finished is the root file system that convert has made.
func (c contest) finished() string { return newest(c.folder("images"), "rootfs.squashfs") }

// newest is the latest file of this name below a folder.
func newest(dir, name string) (newest string) {
	var latest time.Time
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != name {
			return nil // whoever opens what is returned sees that there is none
		}
		if info, err := d.Info(); err == nil && info.ModTime().After(latest) {
			latest, newest = info.ModTime(), path
		}
		return nil
	})
	return newest
}
