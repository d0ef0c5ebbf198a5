package main

import (
	"fmt"
	"io"
	"time"
)

// mostWrites is how often a run may write the static index, however much it builds.
const mostWrites = 20

// growthGoal is what the largest store may cost.
type growthGoal struct {
	what    string
	most    time.Duration // or bytes; 0: any
	ratio   float64       // to the smallest store; 0: any
	against string        // another row, of the same store, that ratio is to
	bytes   bool
}

var growthGoals = []growthGoal{
	{what: "convert, publish one on demand", ratio: 1.5},
	{what: "publish one image, until it is offered", ratio: 1.5},
	{what: "publish one image, and the index"},
	{what: "a name", most: 2 * time.Millisecond},
	{what: "a fingerprint", most: 2 * time.Millisecond},
	{what: "images.json, the first time"},
	{what: "images.json", most: 30 * time.Millisecond},
	{what: "images.json, not compressed"},
	{what: "images.json, known (304)", most: 2 * time.Millisecond},
	{what: "images.json after a publish"},
	{what: "/1.0/images?recursion=1", most: 300 * time.Millisecond},
	{what: "/1.0/images/aliases?recursion=1", most: 300 * time.Millisecond},
	{what: "the page"},
	{what: "a file of an image"},
	{what: "export of an image"},
	{what: "start until a name is answered", most: 1500 * time.Millisecond},
	{what: "memory of the server", most: 200 << 20, bytes: true},
	{what: "a run of one image, the first ever"},
	{what: "its HEADs alone"},
	{what: "run, nothing new", ratio: 2, against: "its HEADs alone"},
	{what: "lxdocker list"},
	{what: "lxdocker status", ratio: 1.5, against: "lxdocker list"},
	{what: "lxdocker prune --dry-run", ratio: 1.5, against: "lxdocker list"},
	{what: "lxdocker pin, unpin"},
	{what: "lxdocker rollback"},
	{what: "lxdocker verify one image", ratio: 1.5, against: "lxdocker list"},
}

// showGrowth prints a row for each operation and a column for each size, and
// says whether the largest reaches the goals.
func showGrowth(w io.Writer, sizes []int, all map[int]figures) (met bool) {
	smallest, largest := sizes[0], sizes[len(sizes)-1]
	fmt.Fprintf(w, "%-40s", "ms, with so many images")
	for _, n := range sizes {
		fmt.Fprintf(w, "%10d", n)
	}
	fmt.Fprintf(w, "%8s  %s\n", "ratio", "goal")
	met = true
	for _, goal := range growthGoals {
		fmt.Fprintf(w, "%-40s", goal.what)
		for _, n := range sizes {
			fmt.Fprintf(w, "%10s", goal.text(all[n][goal.what]))
		}
		value, beside := all[largest][goal.what], all[smallest][goal.what]
		if goal.against != "" {
			beside = all[largest][goal.against]
		}
		ratio := float64(value) / float64(beside)
		fmt.Fprintf(w, "%8.2f", ratio)
		fine := (goal.most == 0 || value <= goal.most) && (goal.ratio == 0 || ratio <= goal.ratio)
		switch {
		case goal.most > 0:
			fmt.Fprintf(w, "  %s %s", goal.text(goal.most), verdict(fine))
		case goal.against != "":
			fmt.Fprintf(w, "  %.1f of %s %s", goal.ratio, goal.against, verdict(fine))
		case goal.ratio > 0:
			fmt.Fprintf(w, "  %.1f %s", goal.ratio, verdict(fine))
		}
		fmt.Fprintln(w)
		met = met && fine
	}
	return met
}

func (g growthGoal) text(d time.Duration) string {
	if g.bytes {
		return fmt.Sprintf("%d MiB", int64(d)>>20)
	}
	return fmt.Sprintf("%.1f", d.Seconds()*1e3)
}
