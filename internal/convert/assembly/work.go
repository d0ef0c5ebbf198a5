package assembly

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"lxdocker/internal/block"
	"lxdocker/internal/guest"
	"lxdocker/internal/image"
	"lxdocker/internal/layer"
	"lxdocker/internal/lxdimage"
	"lxdocker/internal/progress"
	"lxdocker/internal/rootfs"
	"lxdocker/internal/spec"
)

// Work is an image to put together, but for the contents of its layers.
type Work struct {
	Digests  []string // of the layers, bottom first, for errors
	Limits   rootfs.Limits
	Files    []spec.File // that the spec changes
	Process  guest.Process
	Busybox  []byte
	Metadata lxdimage.Metadata // without IdmapSize
	Format   lxdimage.Format
}

// Watcher is told how far the work is, as a progress.Task is.
type Watcher interface {
	Step(name string, bytes int64)
	Add(bytes int64)
}

// Output receives the files of an image, and then a note of what is in it (package contents),
// for people. What write says when that fails is for the output to decide on.
type Output interface {
	lxdimage.Output
	Note(write func(io.Writer) error) error
}

// Do does the work here. It returns the value of IdmapSize, "" if there is none.
func (w Work) Do(ctx context.Context, packs []*layer.Pack, codec *block.Codec, out Output, watcher Watcher) (idmap string, err error) {
	watcher.Step(progress.Merging, 0)
	tree, err := w.tree(ctx, packs)
	if err != nil {
		return "", err
	}
	if err := tree.Sort(ctx); err != nil {
		return "", err
	}
	if idmap = idmapSize(tree); idmap != "" {
		w.Metadata.Properties = with(w.Metadata.Properties, idmap)
	}
	if err := lxdimage.Write(ctx, out, lxdimage.Options{
		Format: w.Format, Codec: codec,
		Started:  func(kind string, bytes int64) { watcher.Step(StepOf(kind), bytes) },
		Progress: watcher.Add,
	}, w.Metadata, tree); err != nil {
		return "", err
	}
	err = out.Note(func(to io.Writer) error { return noteTree(ctx, to, tree) })
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return idmap, err
}

// tree merges the layers, bottom first, changes what the spec wants changed, and makes the
// result bootable.
func (w Work) tree(ctx context.Context, packs []*layer.Pack) (*rootfs.Tree, error) {
	tree := rootfs.New()
	tree.Limits = w.Limits
	for i, pack := range packs {
		if err := tree.Apply(ctx, pack.Entries()); err != nil {
			return nil, fmt.Errorf("applying layer %s: %w", w.Digests[i], err)
		}
	}
	if err := edit(tree, w.Files); err != nil {
		return nil, err
	}
	if err := guest.Install(tree, w.Process, w.Busybox); err != nil {
		return nil, err
	}
	return tree, nil
}

// StepOf is what people are shown while a file of an image is written.
func StepOf(kind string) string {
	if kind == image.Tarball {
		return progress.Archiving
	}
	return progress.Assembling
}

// usualMap is how many users and groups a container has that nobody has given more:
// as many as shadow gives a user in /etc/subuid.
const usualMap = 1 << 16

// IdmapSize is the property with the number of users and groups that the map of an
// instance must have, of images that need more than the usual one: owners beyond it
// become nobody (OpenShift's begin at 1,000,000,000).
const IdmapSize = "lxdocker.idmap_size"

// idmapSize gives the property's value; "" if the usual map will do.
func idmapSize(tree *rootfs.Tree) string {
	var largest uint32
	for _, ino := range tree.Names() {
		largest = max(largest, ino.UID, ino.GID)
	}
	if largest < usualMap {
		return ""
	}
	return strconv.FormatInt(int64(largest)+1, 10)
}

// with adds the property to others, unless a spec has set it.
func with(properties map[string]string, idmap string) map[string]string {
	all := map[string]string{IdmapSize: idmap}
	for name, value := range properties {
		all[name] = value
	}
	return all
}
