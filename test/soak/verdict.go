package main

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// The goals.
const (
	mostKnown  = 50 * time.Millisecond
	mostRatio  = 3
	mostMemory = 256 << 20
	mostEnd    = 10 * time.Second
)

// verdict prints what was measured, and is an error if a goal was missed.
func (b *battle) verdict() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	printTally("what attackers got:", b.attacked)
	printTally("what honest clients got:", b.counts.copy())
	var missed []error
	row := func(what string, good bool, goal, format string, args ...any) {
		word := "ok"
		if !good {
			word = "MISSED"
			missed = append(missed, fmt.Errorf("%s: %s, and the goal is %s", what, fmt.Sprintf(format, args...), goal))
		}
		fmt.Printf("  %-34s %-10s %-7s %s\n", what, goal, word, fmt.Sprintf(format, args...))
	}
	ratio := func(hundredths int) float64 {
		return float64(b.smallTimes.part(hundredths)) / float64(max(b.alone.part(hundredths), 1))
	}
	fmt.Println("goals:")
	row("a known name, p99", b.knownTimes.part(99) <= mostKnown, "<= 50 ms", "%v; alone %v", &b.knownTimes, &b.knownAlone)
	row("a new small image, p50", ratio(50) <= mostRatio, "<= 3 x", "%.1f x; %v; alone %v", ratio(50), &b.smallTimes, &b.alone)
	row("a new small image, p99", ratio(99) <= mostRatio, "<= 3 x", "%.1f x the p99 alone, %.1f x the median alone; for %d clients in turn", ratio(99), float64(b.smallTimes.part(99))/float64(max(b.alone.part(50), 1)), len(smallClients))
	row("memory of all its processes", b.memory.Load() <= mostMemory, "<= 256 MiB", "%d MiB", b.memory.Load()>>20)
	// What is being made, and what clients still download, comes on top of the limits.
	row("disk of images", b.images.Load() <= imagesSize*5/4, "512 MiB", "%d MiB at most", b.images.Load()>>20)
	row("disk of the cache", b.cache.Load() <= cacheSize*5/4, "512 MiB", "%d MiB at most", b.cache.Load()>>20)
	row("SIGTERM, the longest", b.ends.part(100) <= mostEnd, "<= 10 s", "%v", &b.ends)
	row("what went wrong for honest clients", len(b.errs) == 0, "nothing", "%d things", len(b.errs))
	if len(b.errs) > 0 {
		missed = append(missed, b.errs[0])
	}
	return errors.Join(missed...)
}

func most(of *atomic.Int64, n int64) { of.Store(max(of.Load(), n)) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
