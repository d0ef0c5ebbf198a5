package delta

import "context"

// step makes some bytes of the target.
type step struct {
	size int
	from int64 // where they are in the source, or added
}

// added is the place of bytes that are not from the source.
const added = -1

// plan says how a window of the delta will be made.
type plan struct {
	at        int64 // in the target
	size      int
	low, high int64 // the segment of the source that steps copy from; equal if none does
	steps     []step
}

// planner cuts the finder's matches into windows.
type planner struct {
	plan
	plans chan<- plan
}

// add plans n bytes that are not in the source.
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

// copy plans n bytes that are in the source at from.
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

// append adds a step, or extends the last one.
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

// flush ends the window and passes it on.
func (p *planner) flush(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx) // select would choose at random
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
