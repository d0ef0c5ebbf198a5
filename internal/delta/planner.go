package delta

import "context"

// step makes some bytes of new.
type step struct {
	size int
	from int64 // where they are in old, or added
}

// added stands for a place in old, where bytes are not from there.
const added = -1

// plan is what a window of the delta will be made from.
type plan struct {
	at        int64 // in new
	size      int
	low, high int64 // everything that comes from old lies between them; equal if nothing does
	steps     []step
}

// planner cuts what the finder finds into windows.
type planner struct {
	plan
	plans chan<- plan
}

// add says that the next n bytes are not in old.
func (p *planner) add(ctx context.Context, n int64) error {
	for n > 0 {
		size := min(n, int64(windowSize-p.size))
		p.append(step{int(size), added})
		if err := p.flushFull(ctx); err != nil {
			return err
		}
		n -= size
	}
	return nil
}

// copy says that the next n bytes are in old at from.
func (p *planner) copy(ctx context.Context, from, n int64) error {
	for n > 0 {
		size := min(n, int64(windowSize-p.size))
		low, high := from, from+size
		if p.low < p.high {
			low, high = min(low, p.low), max(high, p.high)
		}
		if high-low > mostSource {
			if err := p.flush(ctx); err != nil {
				return err
			}
			continue
		}
		p.low, p.high = low, high
		p.append(step{int(size), from})
		if err := p.flushFull(ctx); err != nil {
			return err
		}
		from, n = from+size, n-size
	}
	return nil
}

// append adds a step, or makes the last one longer.
func (p *planner) append(s step) {
	p.size += s.size
	if n := len(p.steps); n > 0 {
		last := &p.steps[n-1]
		if last.from == added && s.from == added || last.from != added && s.from == last.from+int64(last.size) {
			last.size += s.size
			return
		}
	}
	p.steps = append(p.steps, s)
}

func (p *planner) flushFull(ctx context.Context) error {
	if p.size < windowSize {
		return nil
	}
	return p.flush(ctx)
}

// flush passes on what there is, as a window.
func (p *planner) flush(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx) // select would toss a coin
	}
	if p.size == 0 {
		return nil
	}
	select {
	case p.plans <- p.plan:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	p.plan = plan{at: p.at + int64(p.size)}
	return nil
}
