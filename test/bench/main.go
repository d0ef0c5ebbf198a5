package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"lxdocker/test/bench/serving"
	"lxdocker/test/testbed"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	met, err := run(ctx, os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
	if err != nil || !met {
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) (met bool, err error) {
	all := []string{"nginx", "big", "huge"}
	switch {
	case len(args) == 0:
		met, err := bench(ctx, all, true, true)
		if err != nil {
			return false, err
		}
		fine, err := growth(ctx, nil)
		if err != nil {
			return false, err
		}
		served, err := serving.Run(ctx)
		return met && fine && served, err
	case len(args) == 1 && args[0] == "conversions":
		return bench(ctx, all, false, false)
	case len(args) == 2 && args[0] == "conversions" && slices.Contains(all, args[1]):
		return bench(ctx, args[1:], false, false)
	case len(args) == 1 && args[0] == "starts":
		return bench(ctx, nil, true, false)
	case len(args) == 1 && args[0] == "launches":
		return bench(ctx, nil, false, true)
	case len(args) == 1 && args[0] == "instances":
		return instancesOf(ctx, "big")
	case len(args) == 2 && args[0] == "instances" && slices.Contains(all[:2], args[1]):
		return instancesOf(ctx, args[1])
	case len(args) > 0 && args[0] == "growth":
		return growth(ctx, args[1:])
	case len(args) > 0 && args[0] == "serving":
		return serving.Run(ctx, args[1:]...)
	case len(args) > 1 && args[0] == serving.Inside:
		return serving.RunInside(ctx, os.Stdout, args[1], args[2:]...)
	case len(args) == 3 && args[0] == flattening:
		return true, flatten(ctx, args[1], args[2])
	}
	return false, fmt.Errorf("unknown arguments %q: it is conversions, conversions nginx, conversions big, conversions huge, starts, launches, instances, instances nginx, growth, serving, or nothing for all but instances", args)
}

func bench(ctx context.Context, images []string, starting, launches bool) (met bool, err error) {
	dir, err := os.MkdirTemp("", "lxdocker-bench-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	needs := []string{"packages", "registry"}
	if fetched := slices.DeleteFunc(slices.Clone(images), isHuge); len(fetched) > 0 {
		needs = append(needs, "images "+strings.Join(fetched, " "))
	}
	if starting {
		needs = append(needs, "lxd", "incus")
	}
	if launches {
		needs = append(needs, "images nginx goserver", "lxd", "incus7")
	}
	bed, err := testbed.Up(ctx, ".", os.Stderr, needs...)
	if err != nil {
		return false, err
	}
	defer bed.Close()
	met = true
	if len(images) > 0 {
		if met, err = conversions(ctx, dir, bed, images); err != nil {
			return false, err
		}
	}
	if launches {
		fine, err := launch(ctx, dir, bed)
		if err != nil {
			return false, fmt.Errorf("measuring launches: %w", err)
		}
		met = fine && met
	}
	for _, d := range []testbed.Daemon{bed.LXD, bed.Incus} {
		if !starting {
			break
		}
		fmt.Fprintln(os.Stderr, "measuring starts on", d.Name)
		s, err := starts(ctx, filepath.Join(dir, d.Name), d, 9)
		if err != nil {
			return false, fmt.Errorf("measuring starts on %s: %w", d.Name, err)
		}
		met = judgeStart(d.Name, s) && met
	}
	return met, nil
}

// isHuge says whether an image is the one that is made here, for its memory.
func isHuge(image string) bool { return image == "huge" }

// runs is how often each figure is measured; it is the median.
const runs = 3

func conversions(ctx context.Context, dir string, bed *testbed.Testbed, images []string) (met bool, err error) {
	program, err := buildProgram(ctx, dir, "lxdocker")
	if err != nil {
		return false, err
	}
	var rows []row
	for _, image := range images {
		if isHuge(image) {
			huge, err := measureHuge(ctx, filepath.Join(dir, image), program)
			if err != nil {
				return false, fmt.Errorf("measuring %s: %w", image, err)
			}
			rows = append(rows, huge...)
			continue
		}
		c := contest{dir: filepath.Join(dir, image), program: program, registry: bed.Registry, image: image}
		r, err := c.run(ctx)
		if err != nil {
			return false, fmt.Errorf("measuring %s: %w", image, err)
		}
		rows = append(rows, r.rows(image)...)
	}
	return show(os.Stdout, rows), nil
}

// launch measures what somebody waits for who launches an image on demand.
func launch(ctx context.Context, dir string, bed *testbed.Testbed) (met bool, err error) {
	program, err := buildProgram(ctx, dir, "imgserver")
	if err != nil {
		return false, err
	}
	l := launching{dir: filepath.Join(dir, "launches"), program: program, registry: bed.Registry, image: "library/nginx"}
	fmt.Fprintln(os.Stderr, "measuring launches")
	ours, theirs, err := l.compare(ctx, []testbed.Daemon{bed.LXD, bed.Incus7}, bed.Incus7, filepath.Join(bed.Dir, "sid"))
	if err != nil {
		return false, err
	}
	median, longest, err := l.answers(ctx)
	if err != nil {
		return false, err
	}
	return judgeLaunches(ours, theirs, median, longest), nil
}
