package build

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"lxdocker/internal/convert"
	"lxdocker/internal/durable"
	"lxdocker/internal/image"
	"lxdocker/internal/progress"
	"lxdocker/internal/store/dir"
)

// Exported is one image in a folder, ready for `lxc image import`.
type Exported struct {
	Files       []string // paths, metadata first
	Fingerprint string   // as the daemon will show it
	IdmapSize   string   // how many users and groups the map of an instance must have; "" if the usual one will do
}

// Export makes one image without a store: the files go into a folder, and replace
// older ones of the same names only when all of them are complete. If files of
// the image have capabilities there is a second form of it, for Incus, which
// has a tarball where the first has a squashfs (image.Tarball). What the cache has
// that is too old, or too much, goes afterwards.
func (b *Builder) Export(ctx context.Context, j convert.Job, folder string) ([]Exported, error) {
	task := b.Display.Task(j.Title())
	var u used
	exported, err := b.export(ctx, j, folder, task, &u)
	if err != nil {
		outcome := progress.Failed
		if ctx.Err() != nil {
			outcome = progress.Interrupted
		}
		task.End(outcome, err.Error())
		return nil, err
	}
	task.End(progress.Built, exported[0].Fingerprint[:12])
	if err := b.collect(&u, b.Retention); err != nil {
		b.Log.Warn("the cache may grow", "error", err) // the image is there all the same
	}
	return exported, nil
}

// export publishes the image in a store of its own, on the disk of the folder: a store is
// what writes files of images, and knows how their fingerprints come about.
func (b *Builder) export(ctx context.Context, j convert.Job, folder string, task progress.Task, u *used) ([]Exported, error) {
	c, err := b.Start(ctx, j, task)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	u.add(c.Manifest(), c.Layers())
	b.begin(j, c, image.Version{})
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("making the output folder: %w", err)
	}
	scratch, err := os.MkdirTemp(folder, ".lxdocker-")
	if err != nil {
		return nil, fmt.Errorf("making the output folder: %w", err)
	}
	defer os.RemoveAll(scratch)
	s, err := dir.Open(scratch, dir.WithClock(b.Now))
	if err != nil {
		return nil, err
	}
	if err := b.room(ctx, s, false, j, c); err != nil {
		return nil, err
	}
	v, err := c.Publish(ctx, s, image.Product{Name: "image", Architecture: j.Product.Architecture}, image.Version{})
	if err != nil {
		return nil, err
	}
	return moveFiles(v, scratch, folder)
}

// moveFiles puts the files of a version into a folder, in place of older ones.
func moveFiles(v image.Version, scratch, folder string) ([]Exported, error) {
	for _, f := range v.Files {
		to := filepath.Join(folder, f.Name)
		if err := durable.Rename(filepath.Join(scratch, v.Path(f)), to); err != nil {
			return nil, fmt.Errorf("putting %s in place: %w", to, err)
		}
	}
	var exported []Exported
	for _, form := range v.Forms() {
		e := Exported{Fingerprint: form.Fingerprint, IdmapSize: v.Properties[convert.IdmapSize]}
		for _, f := range form.Files {
			e.Files = append(e.Files, filepath.Join(folder, f.Name))
		}
		exported = append(exported, e)
	}
	return exported, nil
}
