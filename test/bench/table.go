package main

import (
	"fmt"
	"io"
)

// The goals. A ratio is of what is ours to what it is measured against.
const (
	againstUnpacked  = 1.0 / 3
	againstFlattened = 1.5
	againstCold      = 1.0 / 8
	againstCopied    = 1.5
	againstSize      = 1.03
	againstChange    = 1.0 // a delta's time, of that of the conversion it is for
	againstLayer     = 1.2 // a delta's size, of that of the layer that changed
	largestPeak      = 256 // MiB, whatever the image's size
)

// row is one comparison.
type row struct {
	image, what string
	ours        figure
	against     string // empty: there is nothing to compare with
	theirs      figure
	size        bool    // sizes are compared, not times
	goal        float64 // the largest ratio; 0: any will do
}

func (r result) rows(image string) []row {
	goal := func(ratio float64) float64 {
		if image == "big" {
			return ratio
		}
		return 0 // what programs take to start counts too much there
	}
	cold := "from nothing"
	return []row{
		{image, cold, r.cold, "skopeo, umoci, mksquashfs", r.unpacked, false, goal(againstUnpacked)},
		{image, cold, r.cold, "skopeo, flattener, tar2sqfs", r.flattened, false, goal(againstFlattened)},
		{image, "10 MB at the top are new", r.changed, cold, r.cold, false, goal(againstCold)},
		{image, "all layers known", r.known, "cp, sha256sum of the file", r.copied, false, goal(againstCopied)},
		{image, "delta for 10 MB", r.delta, "the conversion itself", r.changed, false, goal(againstChange)},
		{image, "squashfs.vcdiff", r.delta, "the changed layer, gzip", r.layer, true, againstLayer},
		{image, "nothing to do", r.idle, "", figure{}, false, 0},
		{image, "rootfs.squashfs", r.cold, "mksquashfs of the same tree", figure{size: r.size}, true, againstSize},
	}
}

func (r row) ratio() float64 {
	if r.size {
		return float64(r.ours.size) / float64(r.theirs.size)
	}
	return float64(r.ours.took) / float64(r.theirs.took)
}

// met says whether a row has reached its goal, and that of memory.
func (r row) met() bool {
	return (r.goal == 0 || r.ratio() <= r.goal) && r.small()
}

func (r row) small() bool { return r.ours.peak <= largestPeak<<20 }

// show prints the table, of up to 100 columns, and says whether all goals are met.
func show(w io.Writer, rows []row) (met bool) {
	fmt.Fprintf(w, "Medians of %d runs, and their largest memory; huge once.\n", runs)
	fmt.Fprintf(w, "%-6s%-25s%9s%6s  %-28s%9s%7s%8s\n", "image", "lxdocker", "", "MiB", "against", "", "ratio", "goal")
	met = true
	var peak int64
	for _, r := range rows {
		fmt.Fprintln(w, r)
		peak = max(peak, r.ours.peak)
		met = met && r.met()
	}
	small := peak <= largestPeak<<20
	fmt.Fprintf(w, "\nMiB is the memory lxdocker takes at its peak; the largest is %d, the goal %d at most: %s\n", peak>>20, largestPeak, verdict(small))
	return met && small
}

func (r row) String() string {
	s := fmt.Sprintf("%-6s%-25s%9s%6s", r.image, r.what, r.value(r.ours), r.memory())
	if r.against == "" {
		return s
	}
	s += fmt.Sprintf("  %-28s%9s%7.3f", r.against, r.value(r.theirs), r.ratio())
	if r.goal > 0 {
		s += fmt.Sprintf("%7.3g  %s", r.goal, verdict(r.ratio() <= r.goal))
	}
	return s
}

func (r row) value(f figure) string {
	if r.size {
		return fmt.Sprintf("%.1f MB", float64(f.size)/1e6)
	}
	return fmt.Sprintf("%.2f s", f.took.Seconds())
}

func (r row) memory() string {
	if r.size {
		return ""
	}
	return fmt.Sprint(r.ours.peak >> 20)
}
