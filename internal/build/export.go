package build

import (
	"context"

	"lxdocker/internal/convert"
	"lxdocker/internal/convert/assembly"
	"lxdocker/internal/image"
	"lxdocker/internal/progress"
	"lxdocker/internal/store"
)

// Exported is one image among files, ready for `lxc image import`.
type Exported struct {
	Files       []string // their names, metadata first
	Fingerprint string   // as the daemon will show it
	Key         string   // what it was made from: convert.Conversion.Key
	IdmapSize   string   // how many users and groups the map of an instance must have; "" if the usual one will do
}

// Outlet has a version published in a store of its own, and puts the files of that in
// place of older ones of the same names, once all of them are complete.
type Outlet func(publish func(store.Store) (image.Version, error)) error

// Export makes one image without a store: the caller wants its files. If files of the image
// have capabilities, there is a second form for Incus, with a tarball in place of the
// squashfs (image.Tarball). Cached data that is too old, or too much, is removed
// afterwards.
func (b *Builder) Export(ctx context.Context, j convert.Job, to Outlet) ([]Exported, error) {
	task := b.Display.Task(j.Title())
	var u used
	exported, err := b.export(ctx, j, to, task, &u)
	if err != nil {
		if ctx.Err() != nil {
			task.End(progress.Interrupted, err.Error())
		} else {
			task.Fail(err)
		}
		return nil, err
	}
	task.End(progress.Built, exported[0].Fingerprint[:12])
	if err := b.collect(&u, b.Rules().Retention); err != nil {
		b.Log.Warn("the cache may grow", "error", err) // the image is there all the same
	}
	return exported, nil
}

// export has a store write the files, since that knows how fingerprints come about.
func (b *Builder) export(ctx context.Context, j convert.Job, to Outlet, task progress.Task, u *used) (exported []Exported, err error) {
	c, err := b.Start(ctx, j, task)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	u.add(c.Manifest(), c.Layers())
	b.begin(j, c, image.Version{})
	err = to(func(s store.Store) (image.Version, error) {
		if err := b.room(ctx, s, false, j, c); err != nil {
			return image.Version{}, err
		}
		v, err := c.Publish(ctx, s, image.Product{Name: "image", Architecture: j.Product.Architecture}, image.Version{})
		if err == nil {
			exported = formsOf(v)
		}
		return v, err
	})
	return exported, err
}

// formsOf lists the images that a version is.
func formsOf(v image.Version) (all []Exported) {
	for _, form := range v.Forms() {
		e := Exported{Fingerprint: form.Fingerprint, Key: v.Key, IdmapSize: v.Properties[assembly.IdmapSize]}
		for _, f := range form.Files {
			e.Files = append(e.Files, f.Name)
		}
		all = append(all, e)
	}
	return all
}
