package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
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
	builds   int // in one run, whose writes of the static index are counted
}

// figures are what was measured at one size, in nanoseconds or bytes.
type figures map[string]time.Duration

func (f figures) add(what string, d time.Duration) { f[what] = d }

// inBytes is a number of bytes among times.
func inBytes(bytes int64) time.Duration { return time.Duration(bytes) }

// growth is the mode of this program that measures it:
//
//	bench growth [programs=DIR] [builds=N] [SIZE...]
func growth(ctx context.Context, args []string) (met bool, err error) {
	g := growing{builds: 1000, head: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}}
	sizes := []int{}
	for _, a := range args {
		key, value, _ := strings.Cut(a, "=")
		switch n, err := strconv.Atoi(value); {
		case key == "programs":
			g.programs = value
		case key == "builds" && err == nil:
			g.builds = n
		default:
			n, err := strconv.Atoi(a)
			if err != nil || n < 4 {
				return false, fmt.Errorf("unknown argument %q: it is programs=DIR, builds=N, or how many images a store has, 4 and more", a)
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
	if g.dir, err = os.MkdirTemp("", "lxdocker-growth-"); err != nil {
		return false, err
	}
	defer os.RemoveAll(g.dir)
	if g.programs == "" {
		for _, p := range []string{"lxdocker", "imgserver"} {
			if _, err := buildProgram(ctx, g.dir, p); err != nil {
				return false, err
			}
		}
		g.programs = g.dir
	}
	slices.Sort(sizes)
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

// measure takes all figures of one size.
func (g growing) measure(ctx context.Context, n int) (figures, error) {
	s, err := g.makeSite(ctx, n)
	defer os.RemoveAll(s.dir)
	if err != nil {
		return nil, err
	}
	f := figures{}
	time.Sleep(3 * time.Second) // what changed a moment ago has to be looked at more closely
	if err := g.first(ctx, s, f); err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context, site, figures) error{g.unchanged, g.measureServer, g.onDemand, g.commands} {
		if err := step(ctx, s, f); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// first is the first look of anybody at the store.
func (g growing) first(ctx context.Context, s site, f figures) error {
	began := time.Now()
	_, err := g.lxdocker(ctx, s, image(0))
	f["a run of one image, the first ever"] = time.Since(began)
	return err
}
