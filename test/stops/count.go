package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// counts is how often what happened on a daemon.
type counts struct {
	daemon string

	mu    sync.Mutex
	done  map[string]int
	times map[string][]time.Duration
	bad   int
}

func (c *counts) add(name string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done == nil {
		c.done, c.times = map[string]int{}, map[string][]time.Duration{}
	}
	c.done[name]++
	if err != nil {
		c.bad++
		fmt.Printf("%s: %s: %v\n", c.daemon, name, err)
	}
}

// took notes how long a stop of an application took.
func (c *counts) took(app string, long time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.times[app] = append(c.times[app], long)
}

func (c *counts) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "%s:\n", c.daemon)
	for _, name := range slices.Sorted(maps.Keys(c.done)) {
		fmt.Fprintf(&b, "%6d  %s\n", c.done[name], name)
	}
	for _, app := range slices.Sorted(maps.Keys(c.times)) {
		times := slices.Sorted(slices.Values(c.times[app]))
		fmt.Fprintf(&b, "        a stop of %s: median %v, longest %v\n", app, times[len(times)/2].Round(time.Millisecond), times[len(times)-1].Round(time.Millisecond))
	}
	return b.String()
}

// wrong is an error if anything was worse than a daemon that gives up.
func (c *counts) wrong() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bad == 0 {
		return nil
	}
	return fmt.Errorf("%s: %d times something went wrong", c.daemon, c.bad)
}
