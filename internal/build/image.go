package build

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"golang.org/x/sync/errgroup"

	"lxdocker/internal/guest"
	"lxdocker/internal/image"
	"lxdocker/internal/layer"
	"lxdocker/internal/lxdimage"
	"lxdocker/internal/oci"
	"lxdocker/internal/progress"
	"lxdocker/internal/rootfs"
	"lxdocker/internal/spec"
)

// convert makes the image a job asks for, into out.
func (b *Builder) convert(ctx context.Context, j job, source *oci.Image, busybox []byte, out lxdimage.Output, task progress.Task) error {
	packs, err := b.packs(ctx, source, task)
	if err != nil {
		return err
	}
	defer closeAll(packs)
	var files int64
	for _, p := range packs {
		files += p.Count()
	}
	return during(ctx, b.limits.assemble, 1, func() error {
		return during(ctx, b.limits.layers, b.limits.tree(files), func() error {
			b.Layers.Codec().ReleaseIdle() // nearly nothing is compressed from here on
			return b.put(ctx, j, source, packs, busybox, out, task)
		})
	})
}

// put puts the image together from what its layers have become.
func (b *Builder) put(ctx context.Context, j job, source *oci.Image, packs []*layer.Pack, busybox []byte, out lxdimage.Output, task progress.Task) error {
	task.Step(progress.Merging, 0)
	p, err := process(source.Config, j.spec)
	if err != nil {
		return err
	}
	tree, err := assemble(packs, source, j.spec, p, busybox)
	if err != nil {
		return err
	}
	o := lxdimage.Options{
		Format: b.Format, Codec: b.Layers.Codec(),
		Started: func(kind string, bytes int64) { task.Step(stepOf(kind), bytes) },
		Copied:  task.Add,
	}
	return lxdimage.Write(ctx, out, o, metadata(j, source, p), tree)
}

// stepOf is what people are shown while a file of an image is written.
func stepOf(kind string) string {
	if kind == lxdimage.KindTarball {
		return progress.Archiving
	}
	return progress.Assembling
}

// packs gets every layer ready, several at once.
func (b *Builder) packs(ctx context.Context, source *oci.Image, task progress.Task) ([]*layer.Pack, error) {
	if len(source.Layers) == 0 {
		return nil, errors.New("the image has no layers: there is nothing to run in it")
	}
	var total int64
	for _, l := range source.Layers {
		total += l.Size
	}
	task.Fetch(len(source.Layers), total)
	packs := make([]*layer.Pack, len(source.Layers))
	outer := ctx
	group, ctx := errgroup.WithContext(outer)
	for _, i := range largestFirst(source.Layers) {
		if b.limits.layers.Acquire(ctx, 1) != nil {
			break
		}
		group.Go(func() (err error) {
			defer b.limits.layers.Release(1)
			packs[i], err = b.pack(ctx, source, source.Layers[i], task)
			return err
		})
	}
	err := group.Wait()
	if err == nil {
		err = outer.Err() // not all were asked for then
	}
	if err != nil {
		closeAll(packs)
		return nil, err
	}
	return packs, nil
}

// largestFirst lists the numbers of layers, so that none of those that take long
// is left for the end, when the others have nothing more to do.
func largestFirst(layers []oci.Layer) []int {
	order := make([]int, len(layers))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(layers[b].Size, layers[a].Size) })
	return order
}

func (b *Builder) pack(ctx context.Context, source *oci.Image, l oci.Layer, task progress.Task) (*layer.Pack, error) {
	var fetch progress.Layer
	blob := layer.Blob{Digest: l.Digest, DiffID: l.DiffID, MediaType: l.MediaType, Size: l.Size}
	pack, err := b.Layers.Pack(ctx, blob, func(ctx context.Context) (io.ReadCloser, error) {
		body, err := source.Open(ctx, l)
		if err != nil {
			return nil, err
		}
		fetch = task.Layer(l.Digest, l.Size)
		return counter{body, fetch}, nil
	})
	if fetch != nil {
		fetch.End(err)
	} else if err == nil {
		task.Known(l.Digest, l.Size)
	}
	return pack, err // it names the layer
}

// counter tells how much of a blob has arrived.
type counter struct {
	io.ReadCloser
	layer progress.Layer
}

func (c counter) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.layer.Add(int64(n))
	return n, err
}

func closeAll(packs []*layer.Pack) {
	for _, p := range packs {
		if p != nil {
			p.Close()
		}
	}
}

// assemble merges the layers, bottom first, changes what the spec wants changed,
// and makes the result bootable.
func assemble(packs []*layer.Pack, source *oci.Image, s spec.Spec, p guest.Process, busybox []byte) (*rootfs.Tree, error) {
	tree := rootfs.New()
	for i, pack := range packs {
		if err := tree.Apply(pack.Entries()); err != nil {
			return nil, fmt.Errorf("applying layer %s: %w", source.Layers[i].Digest, err)
		}
	}
	if err := edit(tree, s.Files); err != nil {
		return nil, err
	}
	if err := guest.Install(tree, p, busybox); err != nil {
		return nil, err
	}
	return tree, nil
}

// metadata describes the image. Labels of the image are not copied: they can be
// megabytes of anything (T25).
func metadata(j job, source *oci.Image, p guest.Process) lxdimage.Metadata {
	properties := map[string]string{
		"os":              j.spec.Name,
		"release":         source.Reference.Tag(),
		"variant":         "default",
		"architecture":    j.arch,
		"description":     description(j),
		"lxdocker.ref":    image.SourceName(source.Reference.String()),
		"lxdocker.digest": source.Digest,
	}
	for k, v := range j.spec.Properties {
		properties[k] = v
	}
	m := lxdimage.Metadata{
		Architecture: j.arch,
		CreationDate: created(source),
		Properties:   properties,
		ShmSize:      p.ShmSize,
	}
	for _, t := range guest.Templates() {
		m.Templates = append(m.Templates, lxdimage.Template(t))
	}
	return m
}

// created is the image's own time, so that the same image is the same bytes;
// images without one (reproducible builds say 0) get the tree's epoch, as LXD
// refuses 0.
func created(source *oci.Image) int64 {
	if t := source.Created.Unix(); t > 0 {
		return t
	}
	return rootfs.Epoch
}

func description(j job) string {
	if j.spec.Description != "" {
		return j.spec.Description
	}
	return image.SourceName(j.ref.String())
}
