package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
)

// smallest is how mksquashfs is told to compress as lxdocker does.
var smallest = []string{"-comp", "zstd", "-Xcompression-level", "3", "-b", "1M", "-quiet", "-no-progress"}

// fetch has skopeo copy the blobs, as they are, and check their digests.
func (c contest) fetch(dir string) []string {
	return []string{"skopeo", "copy", "--quiet", "--src-tls-verify=false", "docker://" + c.reference("latest"), "dir:" + dir}
}

// unpack does what lxdocker does with the tools that everybody has.
func (c contest) unpack(ctx context.Context, dir string) (figure, error) {
	layout, bundle, image := filepath.Join(dir, "oci"), filepath.Join(dir, "bundle"), filepath.Join(dir, "rootfs.squashfs")
	return c.compete(ctx, dir, image, [][]string{
		{"skopeo", "copy", "--quiet", "--src-tls-verify=false", "docker://" + c.reference("latest"), "oci:" + layout + ":latest"},
		{"umoci", "unpack", "--image", layout + ":latest", bundle},
		append([]string{"mksquashfs", filepath.Join(bundle, "rootfs"), image}, smallest...),
	})
}

// flatten does it as well as can be without packs: nothing is extracted, layers
// are expanded at the same time, and the merged tree goes to tar2sqfs as one tar.
func (c contest) flatten(ctx context.Context, dir string) (figure, error) {
	self, err := os.Executable()
	if err != nil {
		return figure{}, err
	}
	blobs, image := filepath.Join(dir, "blobs"), filepath.Join(dir, "rootfs.squashfs")
	return c.compete(ctx, dir, image, [][]string{
		c.fetch(blobs),
		{self, flattening, blobs, image},
	})
}

// copy is the least that can be done to have an image: to copy one, and to hash it.
func (c contest) copy(ctx context.Context, dir, image string) (figure, error) {
	to := filepath.Join(dir, "rootfs.squashfs")
	return c.compete(ctx, dir, to, [][]string{{"cp", "--reflink=never", image, to}, {"sha256sum", to}})
}

// pack gives the size of what mksquashfs makes of the tree in one of our images.
func (c contest) pack(ctx context.Context, dir, image string) (int64, error) {
	tree, to := filepath.Join(dir, "tree"), filepath.Join(dir, "rootfs.squashfs")
	f, err := c.compete(ctx, dir, to, [][]string{
		{"unsquashfs", "-quiet", "-no-progress", "-d", tree, image},
		append([]string{"mksquashfs", tree, to}, smallest...),
	})
	return f.size, err
}

// compete takes steps, one after the other, that make a file in a folder of
// their own.
func (c contest) compete(ctx context.Context, dir, made string, commands [][]string) (total figure, err error) {
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return total, err
	}
	for _, argv := range commands {
		f, err := measure(ctx, argv...)
		if err != nil {
			return total, err
		}
		total = steps(total, f)
	}
	info, err := os.Stat(made)
	if err == nil {
		total.size = info.Size()
	}
	return total, err
}
