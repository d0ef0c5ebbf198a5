package build

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"lxdocker/internal/guest"
	"lxdocker/internal/layer"
	"lxdocker/internal/lxdimage"
	"lxdocker/internal/oci"
	"lxdocker/internal/progress"
	"lxdocker/internal/rootfs"
	"lxdocker/internal/spec"
)

// convert makes the image a job asks for, into out.
func (b *Builder) convert(ctx context.Context, j job, image *oci.Image, busybox []byte, out lxdimage.Output, task progress.Task) error {
	packs, err := b.packs(ctx, image, task)
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
			b.Compressor.Rest() // nearly nothing is compressed from here on
			return b.put(ctx, j, image, packs, busybox, out, task)
		})
	})
}

// put puts the image together from what its layers have become.
func (b *Builder) put(ctx context.Context, j job, image *oci.Image, packs []*layer.Pack, busybox []byte, out lxdimage.Output, task progress.Task) error {
	task.Step(progress.Merging, 0)
	p, err := process(image.Config, j.spec)
	if err != nil {
		return err
	}
	tree, err := assemble(packs, image, j.spec, p, busybox)
	if err != nil {
		return err
	}
	o := lxdimage.Options{
		Format: b.Format, Compressor: b.Compressor, Expander: b.Layers.Expander(),
		Started: func(kind string, bytes int64) { task.Step(stepOf(kind), bytes) },
		Copied:  task.Add,
	}
	return lxdimage.Write(ctx, out, o, metadata(j, image, p), tree)
}

// stepOf is what people are shown while a file of an image is written.
func stepOf(kind string) string {
	if kind == lxdimage.KindTarball {
		return progress.Archiving
	}
	return progress.Assembling
}

// packs gets every layer ready, several at once.
func (b *Builder) packs(ctx context.Context, image *oci.Image, task progress.Task) ([]*layer.Pack, error) {
	if len(image.Layers) == 0 {
		return nil, errors.New("the image has no layers: there is nothing to run in it")
	}
	var total int64
	for _, l := range image.Layers {
		total += l.Size
	}
	task.Fetch(len(image.Layers), total)
	packs := make([]*layer.Pack, len(image.Layers))
	outer := ctx
	group, ctx := errgroup.WithContext(outer)
	for _, i := range largestFirst(image.Layers) {
		if b.limits.layers.Acquire(ctx, 1) != nil {
			break
		}
		group.Go(func() (err error) {
			defer b.limits.layers.Release(1)
			packs[i], err = b.pack(ctx, image, image.Layers[i], task)
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

func (b *Builder) pack(ctx context.Context, image *oci.Image, l oci.Layer, task progress.Task) (*layer.Pack, error) {
	var fetch progress.Layer
	blob := layer.Blob{Digest: l.Digest, DiffID: l.DiffID, MediaType: l.MediaType, Size: l.Size}
	pack, err := b.Layers.Pack(ctx, blob, func(ctx context.Context) (io.ReadCloser, error) {
		body, err := image.Open(ctx, l)
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
func assemble(packs []*layer.Pack, image *oci.Image, s spec.Spec, p guest.Process, busybox []byte) (*rootfs.Tree, error) {
	tree := rootfs.New()
	for i, pack := range packs {
		if err := tree.Apply(pack.Entries()); err != nil {
			return nil, fmt.Errorf("applying layer %s: %w", image.Layers[i].Digest, err)
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
func metadata(j job, image *oci.Image, p guest.Process) lxdimage.Metadata {
	properties := map[string]string{
		"os":              j.spec.Name,
		"release":         image.Reference.Tag(),
		"variant":         "default",
		"architecture":    j.arch,
		"description":     description(j),
		"lxdocker.ref":    sourceName(image.Reference),
		"lxdocker.digest": image.Digest,
	}
	for k, v := range j.spec.Properties {
		properties[k] = v
	}
	m := lxdimage.Metadata{
		Architecture: j.arch,
		CreationDate: created(image),
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
func created(image *oci.Image) int64 {
	if t := image.Created.Unix(); t > 0 {
		return t
	}
	return rootfs.Epoch
}

func description(j job) string {
	if j.spec.Description != "" {
		return j.spec.Description
	}
	return sourceName(j.ref)
}

// sourceName is what the image says of its source. A folder of this machine
// means nothing to clients, and the same layout elsewhere is the same image.
func sourceName(ref oci.Reference) string {
	kind, place, _ := strings.Cut(ref.String(), ":")
	switch kind {
	case "oci", "oci-archive", "docker-archive":
		return kind + ":" + path.Base(place)
	}
	return ref.String()
}
