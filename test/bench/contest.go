package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// contest measures one image.
type contest struct {
	dir, program, registry, image string
}

// result holds the figures of one image.
type result struct {
	cold    figure // lxdocker, from nothing
	changed figure // lxdocker, all layers known, the spec changed
	warm    figure // lxdocker, nothing to do
	peer    figure // skopeo, umoci and mksquashfs, from nothing
}

// figure is a time, the largest memory and the size of what came out.
type figure struct {
	took time.Duration
	peak int64 // bytes
	size int64 // bytes
}

func (c contest) reference() string { return c.registry + "/library/" + c.image }

func (c contest) run(ctx context.Context, runs int) (r result, err error) {
	// Once without a clock: the registry's files are in memory for everybody then.
	if _, err := measure(ctx, "skopeo", "copy", "--quiet", "--src-tls-verify=false", "docker://"+c.reference(), "dir:"+filepath.Join(c.dir, "first")); err != nil {
		return r, err
	}
	var cold, changed, warm, peer []figure
	for n := range runs {
		f, err := c.peer(ctx, filepath.Join(c.dir, "peer"+strconv.Itoa(n)))
		if err != nil {
			return r, err
		}
		peer = append(peer, f)
		ours, err := c.ours(ctx, filepath.Join(c.dir, "ours"+strconv.Itoa(n)))
		if err != nil {
			return r, err
		}
		cold, changed, warm = append(cold, ours[0]), append(changed, ours[1]), append(warm, ours[2])
	}
	return result{median(cold), median(changed), median(warm), median(peer)}, nil
}

func median(figures []figure) figure {
	slices.SortFunc(figures, func(a, b figure) int { return int(a.took - b.took) })
	return figures[len(figures)/2]
}

// ours runs lxdocker three times: on nothing, with another spec, with nothing to do.
func (c contest) ours(ctx context.Context, dir string) (figures [3]figure, err error) {
	defer os.RemoveAll(dir)
	specs := filepath.Join(dir, "specs")
	if err := os.MkdirAll(specs, 0o755); err != nil {
		return figures, err
	}
	spec := "image: " + c.reference() + "\n"
	for n, text := range []string{spec, spec + "env: {CHANGED: yes}\n", spec + "env: {CHANGED: yes}\n"} {
		if err := os.WriteFile(filepath.Join(specs, c.image+".yaml"), []byte(text), 0o644); err != nil {
			return figures, err
		}
		images := filepath.Join(dir, "images")
		f, err := measure(ctx, c.program, "--specs", specs, "--cache", filepath.Join(dir, "cache"), "--lxdimages", images)
		if err != nil {
			return figures, err
		}
		if f.size, err = newest(images, "rootfs.squashfs"); err != nil {
			return figures, err
		}
		figures[n] = f
	}
	return figures, nil
}

// newest is the size of the latest file of this name below a folder.
func newest(dir, name string) (size int64, err error) {
	var latest time.Time
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != name {
			return err
		}
		info, err := d.Info()
		if err == nil && info.ModTime().After(latest) {
			latest, size = info.ModTime(), info.Size()
		}
		return err
	})
	if err == nil && size == 0 {
		err = fmt.Errorf("there is no %s below %s", name, dir)
	}
	return size, err
}

// peer does the same with other people's tools.
func (c contest) peer(ctx context.Context, dir string) (total figure, err error) {
	defer os.RemoveAll(dir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return total, err
	}
	layout, bundle, image := filepath.Join(dir, "oci"), filepath.Join(dir, "bundle"), filepath.Join(dir, "rootfs.squashfs")
	for _, step := range [][]string{
		{"skopeo", "copy", "--quiet", "--src-tls-verify=false", "docker://" + c.reference(), "oci:" + layout + ":latest"},
		{"umoci", "unpack", "--image", layout + ":latest", bundle},
		{"mksquashfs", filepath.Join(bundle, "rootfs"), image, "-comp", "zstd", "-Xcompression-level", "3", "-quiet", "-no-progress"},
	} {
		f, err := measure(ctx, step...)
		if err != nil {
			return total, err
		}
		total.took += f.took
		total.peak = max(total.peak, f.peak)
	}
	info, err := os.Stat(image)
	if err == nil {
		total.size = info.Size()
	}
	return total, err
}
