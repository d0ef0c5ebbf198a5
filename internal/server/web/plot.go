package web

import (
	"slices"
	"time"
)

// plot is a small picture of the sizes of versions over time: a bar for each, the oldest first.
type plot struct {
	Width, Height int
	Bars          []bar
	Least, Most   int64 // bytes
}

type bar struct {
	X, Y, Width, Height int
	Serial              string
	Published           time.Time
	Size                int64
	Current             bool
}

const (
	plotHeight = 64
	plotBars   = 40 // of the newest versions
	barWidth   = 18
	barGap     = 4
)

// newPlot draws versions, of which the newest is the first; nil if there are not two.
func newPlot(all []build) *plot {
	if len(all) < 2 {
		return nil
	}
	all = slices.Clone(all[:min(len(all), plotBars)])
	p := &plot{Height: plotHeight, Width: len(all)*(barWidth+barGap) - barGap, Least: all[0].Size}
	for _, b := range all {
		p.Most, p.Least = max(p.Most, b.Size), min(p.Least, b.Size)
	}
	slices.Reverse(all)
	for i, b := range all {
		height := 2
		if p.Most > 0 {
			height = max(2, int(float64(b.Size)/float64(p.Most)*plotHeight))
		}
		p.Bars = append(p.Bars, bar{i * (barWidth + barGap), plotHeight - height, barWidth, height, b.Serial, b.Published, b.Size, i == len(all)-1})
	}
	return p
}
