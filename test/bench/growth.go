package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// growing measures what operations cost in stores of several sizes. It needs no
// root and nothing but this machine's busybox.
type growing struct {
	dir      string // scratch
	programs string // folder with lxdocker and imgserver
	registry *crowd
	head     *http.Client
	builds   int  // in one run, whose writes of the static index are counted
	prepare  bool // only make the stores
}

// figures are what was measured at one size, in nanoseconds or bytes.
type figures map[string]time.Duration

func (f figures) add(what string, d time.Duration) { f[what] = d }

// inBytes is a number of bytes among times.
func inBytes(bytes int64) time.Duration { return time.Duration(bytes) }

// growth is the mode of this program that measures it:
//
//	bench growth [programs=DIR] [dir=DIR] [builds=N] [prepare] [SIZE...]
//
// With dir, the stores stay there for the next time. They are good for programs that
// make the same images as those that made them; with prepare, making them is all that
// is done.
func growth(ctx context.Context, args []string) (met bool, err error) {
	g := growing{builds: 1000, head: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}}
	sizes := []int{}
	for _, a := range args {
		key, value, _ := strings.Cut(a, "=")
		switch n, err := strconv.Atoi(value); {
		case key == "programs":
			g.programs = value
		case key == "dir":
			g.dir = value
		case key == "builds" && err == nil:
			g.builds = n
		case a == "prepare":
			g.prepare = true
		default:
			n, err := strconv.Atoi(a)
			if err != nil || n < 4 {
				return false, fmt.Errorf("unknown argument %q: it is programs=DIR, dir=DIR, builds=N, prepare, or how many images a store has, 4 and more", a)
			}
			sizes = append(sizes, n)
		}
	}
	if len(sizes) == 0 {
		sizes = []int{10, 100, 1000, 10000}
	}
	if g.registry, err = newCrowd(); err != nil {
		return false, err
	}
	defer g.registry.close()
	if g.dir == "" {
		if g.dir, err = os.MkdirTemp("", "lxdocker-growth-"); err != nil {
			return false, err
		}
		defer os.RemoveAll(g.dir)
	}
	if g.programs == "" {
		for _, p := range []string{"lxdocker", "imgserver"} {
			if _, err := buildProgram(ctx, g.dir, p); err != nil {
				return false, err
			}
		}
		g.programs = g.dir
	}
	slices.Sort(sizes)
	if g.prepare {
		for _, n := range sizes {
			if _, err := g.makeSite(ctx, n); err != nil {
				return false, err
			}
		}
		return true, nil
	}
	all := map[int]figures{}
	for _, n := range sizes {
		fmt.Fprintln(os.Stderr, "measuring with", n, "images")
		if all[n], err = g.measure(ctx, n); err != nil {
			return false, fmt.Errorf("measuring with %d images: %w", n, err)
		}
	}
	met = showGrowth(os.Stdout, sizes, all)
	if g.builds > 0 {
		count, took, err := g.writes(ctx, g.builds)
		if err != nil {
			return false, err
		}
		fine := count <= mostWrites
		fmt.Printf("%s: a run of %d builds (%.1f s) writes the static index %d times; the goal is %d at most\n", verdict(fine), g.builds, took.Seconds(), count, mostWrites)
		met = fine && met
	}
	return met, nil
}

// measure takes all figures of one size, in a copy of the site.
func (g growing) measure(ctx context.Context, n int) (figures, error) {
	whole, err := g.makeSite(ctx, n)
	if err != nil {
		return nil, err
	}
	s := site{dir: filepath.Join(g.dir, "copy"), images: n}
	defer os.RemoveAll(s.dir)
	_ = os.RemoveAll(s.dir)
	// Nothing that is published is ever changed, so links will do.
	if out, err := exec.CommandContext(ctx, "cp", "-al", whole.dir, s.dir).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("copying the store: %w\n%s", err, out)
	}
	f := figures{}
	time.Sleep(3 * time.Second) // what changed a moment ago has to be looked at more closely
	if err := g.first(ctx, s, f); err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context, site, figures) error{g.unchanged, g.measureServer, g.commands} {
		if err := step(ctx, s, f); err != nil {
			return nil, err
		}
	}
	return f, g.publish(ctx, s, 3, f)
}

// first is the first look of anybody at the store.
func (g growing) first(ctx context.Context, s site, f figures) error {
	began := time.Now()
	_, err := g.lxdocker(ctx, s.path("cache"), s, image(0))
	f["a run of one image, the first ever"] = time.Since(began)
	return err
}
