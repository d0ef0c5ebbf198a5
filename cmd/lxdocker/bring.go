package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"lxdocker/internal/arch"
	"lxdocker/internal/build"
	"lxdocker/internal/command"
	"lxdocker/internal/convert"
	"lxdocker/internal/daemon"
	"lxdocker/internal/instance"
	"lxdocker/internal/oci"
	"lxdocker/internal/progress"
	"lxdocker/internal/store/dir"
)

// bringer brings images into daemons: it converts them here, unless the daemon has them,
// or has the daemon fetch them from a server. It implements instance.Images.
type bringer struct {
	builder *build.Builder
	cache   string
	told    bool // the display says what fails
}

func (b *bringer) Bring(ctx context.Context, d *daemon.Client, reference string) (string, error) {
	server, alias, ok, err := imageServer(reference)
	if err != nil {
		return "", err
	}
	if ok {
		source, err := server.Source(alias)
		if err != nil {
			return "", err
		}
		fingerprint, err := d.CopyImage(ctx, source)
		if err != nil {
			return "", fmt.Errorf("fetching %s: %w", reference, err)
		}
		return fingerprint, nil
	}
	job, err := b.job(d, reference)
	if err != nil {
		return "", err
	}
	key, err := b.key(ctx, job)
	if err != nil {
		return "", err
	}
	fingerprint, err := b.brought().find(ctx, d, key)
	if err != nil || fingerprint != "" {
		return fingerprint, err
	}
	fingerprint, err = b.convert(ctx, d, job)
	if err != nil && b.told {
		return "", toldError{err}
	}
	return fingerprint, err
}

func (b *bringer) brought() brought {
	return brought{filepath.Join(b.cache, "brought"), b.builder.Now}
}

// job is the image for the daemon's machine.
func (b *bringer) job(d *daemon.Client, reference string) (convert.Job, error) {
	ref, err := oci.Parse(reference)
	if err != nil {
		return convert.Job{}, command.UsageError{Err: err}
	}
	var platform string
	for _, name := range d.Server.Architectures[:min(1, len(d.Server.Architectures))] {
		if a, ok := arch.ByClientName(name); ok {
			platform = a.Platform()
		}
	}
	if platform == "" {
		return convert.Job{}, fmt.Errorf("the architectures of %s, %q, are unknown", d.Name(), d.Server.Architectures)
	}
	job, err := build.Job("", ref, platform)
	job.Label = label(ref)
	return job, err
}

// key asks what the reference means now.
func (b *bringer) key(ctx context.Context, job convert.Job) (string, error) {
	c, err := b.builder.Start(ctx, job, progress.Discard().Task(job.Title()))
	if err != nil {
		return "", err
	}
	defer c.Close()
	return c.Key(), nil
}

// convert makes the image in a folder of the cache, and sends it to the daemon.
func (b *bringer) convert(ctx context.Context, d *daemon.Client, job convert.Job) (string, error) {
	b.tidy()
	folder, err := os.MkdirTemp(b.cache, outgoing)
	if err != nil {
		return "", fmt.Errorf("making a folder for the image: %w", err)
	}
	defer os.RemoveAll(folder)
	exported, err := b.builder.Export(ctx, job, dir.Outlet(folder, dir.WithClock(b.builder.Now)))
	if err != nil {
		return "", err
	}
	image := exported[0]
	if d.Server.Kind == daemon.Incus {
		image = exported[len(exported)-1] // the second form is for Incus, if there is one
	}
	if err := b.send(ctx, d, job, folder, image); err != nil {
		return "", err
	}
	if err := b.brought().note(d, image.Key, image.Fingerprint); err != nil {
		b.builder.Log.Warn("the next run has to make this image again", "error", err)
	}
	return image.Fingerprint, nil
}

// outgoing is how folders begin that have an image on its way to a daemon.
const outgoing = "outgoing-"

// tidy removes what a process has left behind that was killed.
func (b *bringer) tidy() {
	b.brought().tidy()
	folders, _ := filepath.Glob(filepath.Join(b.cache, outgoing+"*"))
	for _, folder := range folders {
		if info, err := os.Stat(folder); err == nil && b.builder.Now().Sub(info.ModTime()) > 24*time.Hour {
			_ = os.RemoveAll(folder) // the next one tries again
		}
	}
}

func (b *bringer) send(ctx context.Context, d *daemon.Client, job convert.Job, folder string, image build.Exported) error {
	var parts []daemon.Part
	var size int64
	for _, name := range image.Files {
		file := filepath.Join(folder, name)
		info, err := os.Stat(file)
		if err != nil {
			return err
		}
		size += info.Size()
		parts = append(parts, daemon.Part{Name: name, Open: func() (io.ReadCloser, error) { return os.Open(file) }})
	}
	task := b.builder.Display.Task(job.Title() + " to " + d.Name())
	task.Step("importing", size)
	err := d.ImportImage(ctx, parts, map[string]string{instance.KeyImage: image.Key}, task.Add)
	if err != nil && !daemon.Exists(err) { // of two that bring it, one is first
		err = fmt.Errorf("importing the image into %s: %w", d.Name(), err)
		task.Fail(err)
		return err
	}
	task.End(progress.Built, image.Fingerprint[:12])
	return nil
}
