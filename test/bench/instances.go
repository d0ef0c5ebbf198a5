package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"lxdocker/test/testbed"
)

// instances measures what a person waits for who runs an image, and how long an instance of a
// large one is down that is updated.
type instances struct {
	dir, program, registry string
	image                  string // that is updated
}

// The goals of an update, of the time that an instance is down.
const (
	againstRestart = 1.2     // of its stop and its start
	againstRebuild = 1.0 / 3 // of a stop, the daemon's own rebuild, and a start
)

// instancesOf measures lxdocker run of nginx, and lxdocker update of an image.
func instancesOf(ctx context.Context, image string) (met bool, err error) {
	dir, err := os.MkdirTemp("", "lxdocker-bench-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	bed, err := testbed.Up(ctx, ".", os.Stderr, "packages", "registry", "images nginx "+image, "lxd", "incus")
	if err != nil {
		return false, err
	}
	defer bed.Close()
	program, err := buildProgram(ctx, dir, "lxdocker")
	if err != nil {
		return false, err
	}
	m := instances{dir: filepath.Join(dir, "instances"), program: program, registry: bed.Registry, image: image}
	if _, err := (contest{registry: bed.Registry, image: image}).derive(ctx); err != nil {
		return false, err
	}
	var rows []row
	for _, d := range []testbed.Daemon{bed.LXD, bed.Incus} {
		fmt.Fprintln(os.Stderr, "measuring runs and updates on", d.Name)
		ran, err := m.runs(ctx, d)
		if err != nil {
			return false, fmt.Errorf("measuring runs on %s: %w", d.Name, err)
		}
		updated, err := m.updates(ctx, d)
		if err != nil {
			return false, fmt.Errorf("measuring updates on %s: %w", d.Name, err)
		}
		rows = append(append(rows, ran...), updated...)
	}
	return show(os.Stdout, rows), nil
}

// command is a command line of lxdocker for a daemon.
func (m instances) command(d testbed.Daemon, args ...string) []string {
	at := map[string]string{"LXD": "LXD_DIR"}[d.Name]
	if at == "" {
		at = "INCUS_DIR"
	}
	argv := []string{"env", "-u", "LXD_DIR", "-u", "INCUS_DIR", at + "=" + d.Dir, m.program, args[0]}
	if args[0] == "run" || args[0] == "update" {
		argv = append(argv, "--cache", filepath.Join(m.dir, "cache"))
	}
	return append(argv, args[1:]...)
}

func (m instances) reference(image string) string { return m.registry + "/library/" + image }

// runs takes turns: lxdocker run with nothing known, with the image in the daemon, and the
// daemon's own launch of that.
func (m instances) runs(ctx context.Context, d testbed.Daemon) ([]row, error) {
	var cold, warm, local []figure
	i := &testbed.Instance{Daemon: d, Name: "bench-run"}
	run := func() (figure, error) {
		return measure(ctx, m.command(d, "run", "-d", "--name", i.Name, m.reference("nginx"))...)
	}
	for range runs {
		if err := errors.Join(forgetImages(ctx, d), os.RemoveAll(filepath.Join(m.dir, "cache"))); err != nil {
			return nil, err
		}
		for _, figures := range []*[]figure{&cold, &warm} {
			if err := collect(figures, run); err != nil {
				return nil, err
			}
			if err := i.Delete(ctx); err != nil {
				return nil, err
			}
		}
		images, err := d.Images(ctx)
		if err != nil || len(images) != 1 {
			return nil, fmt.Errorf("there are %d images: %w", len(images), err)
		}
		took, err := timed(func() error {
			_, err := d.Launch(ctx, images[0].Fingerprint, i.Name)
			return err
		})
		local = append(local, took)
		if err = errors.Join(err, i.Delete(ctx)); err != nil {
			return nil, err
		}
	}
	return []row{
		{d.Name, "run, nothing known", median(cold), "run, the image is there", median(warm), false, 0},
		{d.Name, "run, the image is there", median(warm), "launch of the same image", median(local), false, 0},
	}, nil
}

// updates takes turns: a stop and a start, an update, and the daemon's own rebuild, if it has one.
func (m instances) updates(ctx context.Context, d testbed.Daemon) (rows []row, err error) {
	i := &testbed.Instance{Daemon: d, Name: "bench-update"}
	defer func() {
		for _, end := range []string{"", "-old", "-failed"} {
			_, _ = d.Run(context.WithoutCancel(ctx), "delete", "--force", i.Name+end)
		}
	}()
	if _, err := measure(ctx, m.command(d, "run", "-d", "--name", i.Name, "--entrypoint", "sleep", m.reference(m.image), "1000000")...); err != nil {
		return nil, err
	}
	var down, restart, rebuild []figure
	for n := range runs {
		took, err := timed(func() error { return restarted(ctx, i) })
		if err != nil {
			return nil, err
		}
		restart = append(restart, took)
		downtime, err := m.update(ctx, d, i.Name, m.reference(m.image)+":"+derived(n))
		if err != nil {
			return nil, err
		}
		down = append(down, downtime)
		if d.Name == "LXD" { // 5.0.2 has no rebuild
			continue
		}
		base, err := d.Run(ctx, "config", "get", i.Name, "volatile.base_image")
		if err != nil {
			return nil, err
		}
		took, err = timed(func() error {
			return restarted(ctx, i, "rebuild", strings.TrimSpace(base), i.Name)
		})
		if err != nil {
			return nil, err
		}
		rebuild = append(rebuild, took)
	}
	rows = append(rows, row{d.Name, "update of " + m.image + ", down", median(down), "stop, start", median(restart), false, againstRestart})
	if len(rebuild) > 0 {
		rows = append(rows, row{d.Name, "update of " + m.image + ", down", median(down), "stop, rebuild, start", median(rebuild), false, againstRebuild})
	}
	return rows, nil
}

// restarted stops an instance and starts it again, with something between the two.
func restarted(ctx context.Context, i *testbed.Instance, between ...string) error {
	if _, err := i.Stop(ctx, time.Minute); err != nil {
		return err
	}
	if len(between) > 0 {
		if _, err := i.Run(ctx, between...); err != nil {
			return err
		}
	}
	return i.Start(ctx)
}

func timed(does func() error) (figure, error) {
	began := time.Now()
	err := does()
	return figure{took: time.Since(began)}, err
}

var downtime = regexp.MustCompile(`down for ([0-9.]+) s`)

// update returns how long the instance was down, as the report says it.
func (m instances) update(ctx context.Context, d testbed.Daemon, name, reference string) (f figure, err error) {
	argv := m.command(d, "update", "--steady", "1s", "--from", reference, name)
	out, err := exec.CommandContext(ctx, argv[0], argv[1:]...).CombinedOutput()
	if err != nil {
		return f, fmt.Errorf("%s: %w: %s", strings.Join(argv, " "), err, out)
	}
	said := downtime.FindStringSubmatch(string(out))
	if said == nil {
		return f, fmt.Errorf("lxdocker update says no downtime: %s", out)
	}
	seconds, err := strconv.ParseFloat(said[1], 64)
	return figure{took: time.Duration(seconds * float64(time.Second))}, err
}
