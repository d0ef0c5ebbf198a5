package main

import (
	"context"
	"slices"
	"time"
)

// asked is how long answers took, in seconds, handshakes included.
type asked struct{ P50, P99, Longest float64 }

// asks requests the path again and again, each time over a new connection, as command
// lines do.
func asks(ctx context.Context, t target, times int) (asked, error) {
	took := make([]float64, 0, times)
	c, buffer := t.client(0, false), make([]byte, 64<<10)
	for range times {
		began := time.Now()
		r, err := t.get(ctx, c)
		if err != nil {
			return asked{}, err
		}
		if _, err := discard(r.Body, buffer); err != nil {
			return asked{}, err
		}
		took = append(took, time.Since(began).Seconds())
	}
	slices.Sort(took)
	return asked{part(took, 50), part(took, 99), took[len(took)-1]}, nil
}

// part is a percentile of sorted values.
func part(sorted []float64, percent int) float64 {
	return sorted[min(len(sorted)*percent/100, len(sorted)-1)]
}
