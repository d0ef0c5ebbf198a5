package serving

import (
	"fmt"
	"slices"
)

// spread is a median with its extremes.
type spread struct{ median, least, most float64 }

func (s spread) String() string { return fmt.Sprintf("%.3f (%.3f-%.3f)", s.median, s.least, s.most) }

func spreadOf(values []float64) spread {
	v := slices.Sorted(slices.Values(values))
	return spread{v[len(v)/2], v[0], v[len(v)-1]}
}

// medians are those of one server.
type medians struct{ rate, perGiB float64 }

// paired is what came of measuring two servers in turn. The ratios are ours to theirs within
// a pair: what changes from one minute to the next is not in them.
type paired struct {
	ours, theirs          medians
	throughput, processor spread
}

// pairs measures two servers in turn, and changes who is first with each pair. What comes
// before the first pair does not count: files, memory and code are in use for the first time.
func pairs(n int, ours, theirs server, measure func(server) (downloaded, error)) (p paired, err error) {
	both := [2]server{ours, theirs}
	var rates, costs [2][]float64
	var throughput, processor []float64
	for pair := range n + 1 {
		var got [2]downloaded
		for turn := range 2 {
			who := (pair + turn) % 2
			if got[who], err = measure(both[who]); err != nil {
				return p, err
			}
		}
		if pair == 0 {
			continue
		}
		for who, d := range got {
			rates[who], costs[who] = append(rates[who], d.rate()), append(costs[who], d.perGiB())
		}
		throughput = append(throughput, got[0].rate()/got[1].rate())
		processor = append(processor, got[0].perGiB()/got[1].perGiB())
	}
	of := func(who int) medians { return medians{spreadOf(rates[who]).median, spreadOf(costs[who]).median} }
	return paired{of(0), of(1), spreadOf(throughput), spreadOf(processor)}, nil
}
