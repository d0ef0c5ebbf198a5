package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// tally counts what came of what somebody did.
type tally struct {
	mu sync.Mutex
	n  map[string]map[string]int
}

func newTally() *tally { return &tally{n: map[string]map[string]int{}} }

func (t *tally) add(what, outcome string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n[what] == nil {
		t.n[what] = map[string]int{}
	}
	t.n[what][outcome]++
}

func (t *tally) copy() map[string]map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := map[string]map[string]int{}
	for what, outcomes := range t.n {
		all[what] = maps.Clone(outcomes)
	}
	return all
}

// printTally prints a row for each thing that was done.
func printTally(title string, n map[string]map[string]int) {
	fmt.Println(title)
	for _, what := range slices.Sorted(maps.Keys(n)) {
		var outcomes []string
		byCount := func(a, b string) int {
			return cmp.Or(cmp.Compare(n[what][b], n[what][a]), cmp.Compare(a, b))
		}
		for _, o := range slices.SortedFunc(maps.Keys(n[what]), byCount) {
			outcomes = append(outcomes, fmt.Sprintf("%s %d", o, n[what][o]))
		}
		fmt.Printf("  %-28s %s\n", what, strings.Join(outcomes, ", "))
	}
}

// times are how long one thing took again and again.
type times struct {
	mu  sync.Mutex
	all []time.Duration
}

func (t *times) add(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all = append(t.all, d)
}

// part is the time that so many hundredths are not above.
func (t *times) part(hundredths int) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(t.all))
	return sorted[(len(sorted)*hundredths-1)/100]
}

func (t *times) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.all)
}

func (t *times) String() string {
	round := func(d time.Duration) time.Duration { return d.Round(100 * time.Microsecond) }
	return fmt.Sprintf("p50 %v, p99 %v, worst %v of %d", round(t.part(50)), round(t.part(99)), round(t.part(100)), t.count())
}
