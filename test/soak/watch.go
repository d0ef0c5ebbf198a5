package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// sample is what the server holds at a moment.
type sample struct {
	memory int64 // bytes
	files  int   // open ones
}

// watch samples the server a hundred times, and says what it sees.
func (s *soak) watch(ctx context.Context, long time.Duration) (samples []sample) {
	tick := time.NewTicker(max(long/100, time.Second))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return samples
		case <-tick.C:
		}
		one, err := look(s.PID())
		if err != nil {
			s.counts.add("watch", err)
			return samples
		}
		samples = append(samples, one)
		fmt.Printf("%s  %d MiB, %d files open; %s\n", time.Now().Format(time.TimeOnly), one.memory>>20, one.files, &s.counts)
	}
}

func look(pid int) (one sample, err error) {
	proc := filepath.Join("/proc", fmt.Sprint(pid))
	status, err := os.ReadFile(filepath.Join(proc, "status"))
	if err != nil {
		return one, err
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	if _, err := fmt.Sscan(rest, &one.memory); err != nil {
		return one, fmt.Errorf("reading its memory: %w", err)
	}
	one.memory <<= 10
	files, err := os.ReadDir(filepath.Join(proc, "fd"))
	one.files = len(files)
	return one, err
}

// judge compares the last quarter with the second one: the first has to fill what
// is kept for later.
func judge(samples []sample) error {
	quarter := len(samples) / 4
	if quarter < 2 {
		return errors.New("it was too short to say whether anything grows")
	}
	before, after := middle(samples[quarter:2*quarter]), middle(samples[3*quarter:])
	fmt.Printf("memory: %d MiB in the second quarter, %d in the last; open files: %d, %d\n", before.memory>>20, after.memory>>20, before.files, after.files)
	var errs []error
	if after.memory > before.memory*5/4+16<<20 {
		errs = append(errs, errors.New("the server's memory has grown"))
	}
	if after.files > before.files+8 {
		errs = append(errs, errors.New("the server has more and more files open"))
	}
	return errors.Join(errs...)
}

// middle is the median of each figure.
func middle(samples []sample) (m sample) {
	samples = slices.Clone(samples)
	slices.SortFunc(samples, func(a, b sample) int { return int(a.memory - b.memory) })
	m.memory = samples[len(samples)/2].memory
	slices.SortFunc(samples, func(a, b sample) int { return a.files - b.files })
	m.files = samples[len(samples)/2].files
	return m
}

// counts is how often what was done, and what went wrong.
type counts struct {
	mu    sync.Mutex
	done  map[string]int
	wrong []error
}

func (c *counts) add(name string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done == nil {
		c.done = map[string]int{}
	}
	c.done[name]++
	if err != nil {
		c.wrong = append(c.wrong, fmt.Errorf("%s: %w", name, err))
		fmt.Printf("WRONG: %s: %v\n", name, err)
	}
}

func (c *counts) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []string
	for _, name := range slices.Sorted(maps.Keys(c.done)) {
		all = append(all, fmt.Sprintf("%s %d", name, c.done[name]))
	}
	return strings.Join(all, ", ") + fmt.Sprintf("; wrong %d", len(c.wrong))
}

func (c *counts) report() error {
	fmt.Println(c)
	if len(c.wrong) > 0 {
		return fmt.Errorf("%d things went wrong, the first: %w", len(c.wrong), c.wrong[0])
	}
	return nil
}
