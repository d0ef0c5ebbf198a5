package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"lxdocker/internal/block"
	"lxdocker/internal/guest"
	"lxdocker/internal/lxdimage"
	"lxdocker/internal/rootfs"
)

// clockImages makes two images that run the same program, and gives their files:
// "bare", whose init is the program itself, and "guest", whose init is ours.
func clockImages(ctx context.Context, dir string) (map[string][]string, error) {
	program := filepath.Join(dir, "clock")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, "./test/bench/clock")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the clock: %w\n%s", err, out)
	}
	text, err := os.ReadFile(program)
	if err != nil {
		return nil, err
	}
	busybox, err := os.ReadFile("/bin/busybox")
	if err != nil {
		return nil, err
	}
	file := rootfs.Inode{Kind: rootfs.File, Mode: 0o755, Content: rootfs.Bytes(text)}
	bare := rootfs.New()
	if err := bare.Put("sbin/init", file); err != nil {
		return nil, err
	}
	for _, name := range []string{"dev", "proc", "sys", "run", "tmp"} {
		if err := bare.Put(name, rootfs.Inode{Kind: rootfs.Dir, Mode: 0o755}); err != nil {
			return nil, err
		}
	}
	ours := rootfs.New()
	if err := ours.Put("clock", file); err != nil {
		return nil, err
	}
	if err := guest.Install(ours, guest.Process{Entrypoint: []string{"/clock"}}, busybox); err != nil {
		return nil, err
	}
	images := make(map[string][]string)
	if images["bare"], err = write(ctx, filepath.Join(dir, "bare"), bare, nil); err != nil {
		return nil, err
	}
	images["guest"], err = write(ctx, filepath.Join(dir, "guest"), ours, guest.Templates())
	return images, err
}

func write(ctx context.Context, dir string, tree *rootfs.Tree, templates []guest.Template) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	m := lxdimage.Metadata{Architecture: runtime.GOARCH, CreationDate: rootfs.Epoch, Properties: map[string]string{"os": filepath.Base(dir)}}
	for _, t := range templates {
		m.Templates = append(m.Templates, lxdimage.Template(t))
	}
	err := lxdimage.Write(ctx, folder(dir), lxdimage.Options{
		Format: lxdimage.Squashfs, Codec: block.NewCodec(block.Default),
	}, m, tree)
	return []string{filepath.Join(dir, "lxd.tar.xz"), filepath.Join(dir, "rootfs.squashfs")}, err
}

// folder is where the files of an image go.
type folder string

func (f folder) Create(_, name string) (io.WriteCloser, error) {
	return os.Create(filepath.Join(string(f), name))
}

func (f folder) Scratch() string { return string(f) }
