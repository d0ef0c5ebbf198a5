package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"lxdocker/test/lab"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	met, err := bench(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
	if err != nil || !met {
		os.Exit(1)
	}
}

// images are what is measured, and how often: the figure is the median.
var images = []struct {
	name string
	runs int
}{{"nginx", 3}, {"big", 1}}

func bench(ctx context.Context) (met bool, err error) {
	dir, err := os.MkdirTemp("", "lxdocker-bench-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "lxdocker")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", program, "./cmd/lxdocker").CombinedOutput(); err != nil {
		return false, fmt.Errorf("building lxdocker: %w\n%s", err, out)
	}
	parts, err := lab.Up(ctx, ".", os.Stderr, "packages", "images nginx big", "lxd", "incus")
	if err != nil {
		return false, err
	}
	defer parts.Close()

	if met, err = conversions(ctx, dir, program, parts); err != nil {
		return false, err
	}
	for _, d := range []lab.Daemon{parts.LXD, parts.Incus} {
		fmt.Fprintln(os.Stderr, "measuring starts on", d.Name)
		s, err := starts(ctx, filepath.Join(dir, d.Name), d, 9)
		if err != nil {
			return false, fmt.Errorf("measuring starts on %s: %w", d.Name, err)
		}
		met = judgeStart(d.Name, s) && met
	}
	return met, nil
}

func conversions(ctx context.Context, dir, program string, parts *lab.Lab) (met bool, err error) {
	results := make(map[string]result)
	for _, image := range images {
		fmt.Fprintln(os.Stderr, "measuring", image.name)
		contest := contest{dir: dir, program: program, registry: parts.Registry, image: image.name}
		if results[image.name], err = contest.run(ctx, image.runs); err != nil {
			return false, fmt.Errorf("measuring %s: %w", image.name, err)
		}
	}
	show(results)
	return judge(results), nil
}
