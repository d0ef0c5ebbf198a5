package serving

import (
	"context"
	"fmt"
	"io"
	"os"
)

// leastThroughput is the goal: of what nginx reaches.
const leastThroughput = 0.85

// times is how often the file is fetched for one figure, by all clients together.
const times = 64

// downloads compares the throughput of both servers.
func (b bench) downloads(ctx context.Context, w io.Writer) (met bool, err error) {
	ours, theirs, err := b.start(ctx)
	if err != nil {
		return false, err
	}
	defer ours.stop()
	defer theirs.stop()
	fmt.Fprintf(w, "A root file system of %d MiB over TLS 1.3, %d times, in %d pairs. Median ratios of a pair, and the extremes.\n", rootfsSize>>20, times, b.pairs)
	fmt.Fprintf(w, "%-13s%12s%12s  %-22s%6s  %22s  %-22s\n", "clients", "imgserver", "nginx", "throughput", "goal", "CPU s/GiB: ours, nginx", "ratio of these")
	met = true
	for _, c := range []struct {
		name  string
		fetch func(server) (downloaded, error)
	}{
		{"curl", func(s server) (downloaded, error) { return b.curl(ctx, s, times) }},
		{"1", func(s server) (downloaded, error) { return b.fetch(ctx, s, 1, times) }},
		{"16", func(s server) (downloaded, error) { return b.fetch(ctx, s, 16, times) }},
		{"64", func(s server) (downloaded, error) { return b.fetch(ctx, s, 64, times) }},
	} {
		fmt.Fprintln(os.Stderr, "measuring downloads: clients:", c.name)
		p, err := pairs(b.pairs, ours, theirs, c.fetch)
		if err != nil {
			return false, err
		}
		fine := p.throughput.median >= leastThroughput
		fmt.Fprintf(w, "%-13s%7.0f MiB/s%6.0f MiB/s  %-22v%6.2f  %11.3f%11.3f  %-22v %s\n", c.name, p.ours.rate/(1<<20), p.theirs.rate/(1<<20),
			p.throughput, leastThroughput, p.ours.perGiB, p.theirs.perGiB, p.processor, verdict(fine))
		met = met && fine
	}
	return met, nil
}

func verdict(met bool) string {
	if met {
		return "PASS"
	}
	return "FAIL"
}
