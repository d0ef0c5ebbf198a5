package build

import (
	"context"

	"lxdocker/internal/progress"
	"lxdocker/internal/spec"
)

// Converted is one image in a folder, ready for `lxc image import`.
type Converted struct {
	Files       []string // paths, metadata first
	Fingerprint string   // as the daemon will show it
}

// Convert makes one image without a store: the files go into dir, and replace
// older ones of the same names only when all of them are complete. If files of
// the image have capabilities there is a second form of it, for Incus, which
// has a tarball where the first has a squashfs (lxdimage.KindTarball). What the
// cache has that is too old, or too much, goes afterwards.
func (b *Builder) Convert(ctx context.Context, s spec.Spec, host, dir string) ([]Converted, error) {
	jobs, err := plan([]spec.Spec{s}, host)
	if err != nil {
		return nil, err
	}
	task := b.Display.Task(jobs[0].name())
	var u used
	converted, err := b.convertInto(ctx, jobs[0], dir, task, &u)
	if err != nil {
		task.End(progress.Failed, err.Error())
		return nil, err
	}
	task.End(progress.Built, converted[0].Fingerprint[:12])
	if err := b.collect(&u, b.Retention); err != nil {
		b.Log.Warn("the cache may grow", "error", err) // the image is there all the same
	}
	return converted, nil
}

func (b *Builder) convertInto(ctx context.Context, j job, dir string, task progress.Task, u *used) ([]Converted, error) {
	busybox, err := b.Busybox.Read(j.platform.Architecture)
	if err != nil {
		return nil, err
	}
	task.Step(progress.Resolving, 0)
	source, err := b.Sources.Resolve(ctx, j.ref, j.platform)
	if err != nil {
		return nil, err
	}
	defer source.Close()
	u.add(source)
	var converted []Converted
	err = b.healing(len(source.Layers), func() (err error) {
		converted, err = b.intoFolder(ctx, j, source, busybox, dir, task)
		return err
	})
	return converted, err
}
