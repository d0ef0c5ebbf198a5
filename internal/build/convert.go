package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"lxdocker/internal/lxdimage"
	"lxdocker/internal/progress"
	"lxdocker/internal/spec"
)

// Converted is one image in a folder, ready for `lxc image import`.
type Converted struct {
	Files       []string // paths, metadata first
	Fingerprint string   // as the daemon will show it
}

// Convert makes one image without a store: the files go into dir, and replace
// older ones of the same names only when all of them are complete.
func (b *Builder) Convert(ctx context.Context, s spec.Spec, host, dir string) (Converted, error) {
	jobs, err := plan([]spec.Spec{s}, host)
	if err != nil {
		return Converted{}, err
	}
	task := b.Display.Task(jobs[0].name())
	converted, err := b.convertInto(ctx, jobs[0], dir, task)
	if err != nil {
		task.End(progress.Failed, err.Error())
		return Converted{}, err
	}
	task.End(progress.Built, converted.Fingerprint[:12])
	return converted, nil
}

func (b *Builder) convertInto(ctx context.Context, j job, dir string, task progress.Task) (Converted, error) {
	busybox, err := b.Busybox.Read(j.platform.Architecture)
	if err != nil {
		return Converted{}, err
	}
	task.Step(progress.Resolving, 0)
	image, err := b.Sources.Resolve(ctx, j.ref, j.platform)
	if err != nil {
		return Converted{}, err
	}
	defer image.Close()
	out, err := newFolder(dir)
	if err != nil {
		return Converted{}, err
	}
	defer out.discard()
	if err := b.convert(ctx, j, image, busybox, out, task); err != nil {
		return Converted{}, fmt.Errorf("converting %s: %w", image.Reference, err)
	}
	return out.commit()
}

// folder collects the files of one image beside their final place.
type folder struct {
	dir, scratch string
	names        []string
	fingerprint  hash.Hash
}

func newFolder(dir string) (*folder, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("making the output folder: %w", err)
	}
	scratch, err := os.MkdirTemp(dir, ".lxdocker-")
	if err != nil {
		return nil, fmt.Errorf("making the output folder: %w", err)
	}
	return &folder{dir: dir, scratch: scratch, fingerprint: sha256.New()}, nil
}

func (f *folder) Scratch() string { return f.scratch }

func (f *folder) Create(_, name string) (io.WriteCloser, error) {
	file, err := os.OpenFile(filepath.Join(f.scratch, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	f.names = append(f.names, name)
	return hashed{file, f.fingerprint}, nil
}

// hashed writes a file that is part of the fingerprint, and makes it last.
type hashed struct {
	*os.File
	sum hash.Hash
}

func (h hashed) Write(p []byte) (int, error) {
	h.sum.Write(p)
	return h.File.Write(p)
}

func (h hashed) Close() error { return errors.Join(h.File.Sync(), h.File.Close()) }

func (f *folder) commit() (Converted, error) {
	c := Converted{Fingerprint: hex.EncodeToString(f.fingerprint.Sum(nil))}
	for _, name := range f.names {
		to := filepath.Join(f.dir, name)
		if err := os.Rename(filepath.Join(f.scratch, name), to); err != nil {
			return Converted{}, fmt.Errorf("putting %s in place: %w", to, err)
		}
		c.Files = append(c.Files, to)
	}
	return c, nil
}

func (f *folder) discard() { os.RemoveAll(f.scratch) }

var _ lxdimage.Output = (*folder)(nil)
