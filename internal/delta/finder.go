package delta

import (
	"bytes"
	"context"
)

// header is how far from the beginning two versions may differ without the
// suspicion that anything has moved: the superblock of a squashfs does.
const header = 4 << 10

// finder finds in old what new consists of, and tells the planner, in order.
type finder struct {
	old, new *view
	planner  *planner
	index    *index        // not before it is needed
	there    [4 << 10]byte // of old, to be compared
}

// run goes through new once.
func (f *finder) run(ctx context.Context) error {
	var at, from int64 // what is at at in new is likely to be at from in old
	for {
		n, err := f.copy(ctx, at, from)
		if err != nil {
			return err
		}
		end := at + n
		var found bool
		if at, from, found, err = f.resume(ctx, end, from+n); err != nil {
			return err
		}
		if err := f.planner.add(ctx, at-end); err != nil {
			return err
		}
		if !found {
			return f.planner.flush(ctx)
		}
	}
}

// copy takes from old as far as both are equal, and says how far that is.
func (f *finder) copy(ctx context.Context, at, from int64) (n int64, err error) {
	for at+n < f.new.size && from+n < f.old.size {
		a, err := f.new.from(at+n, 1)
		if err != nil {
			return 0, err
		}
		b, err := f.old.from(from+n, 1)
		if err != nil {
			return 0, err
		}
		equal := common(a, b)
		if err := f.planner.copy(ctx, from+n, int64(equal)); err != nil {
			return 0, err
		}
		n += int64(equal)
		if equal < min(len(a), len(b)) {
			break
		}
	}
	return n, nil
}

// resume finds where new has something of old again, at at or behind it, where
// old was at from. If it never has, at is its end.
func (f *finder) resume(ctx context.Context, at, from int64) (int64, int64, bool, error) {
	if f.index == nil {
		if at < header {
			if gap, err := f.gap(at); err != nil || gap > 0 {
				return at + gap, at + gap, gap > 0, err
			}
		}
		// Nothing has moved so far. What is in old before this place, new has, too,
		// and compressed data does not come twice.
		var err error
		if f.index, err = newIndex(ctx, f.old.file, from); err != nil {
			return 0, 0, false, err
		}
	}
	return f.search(ctx, at, from)
}

// gap is how many bytes at one place are different, before they are the same
// again; 0 if that are too many.
func (f *finder) gap(at int64) (int64, error) {
	if at >= min(f.old.size, f.new.size) {
		return 0, nil
	}
	a, err := f.new.from(at, header)
	if err != nil {
		return 0, err
	}
	b, err := f.old.from(at, header)
	if err != nil {
		return 0, err
	}
	for n := 1; n+sampleSize <= min(len(a), len(b), header); n++ {
		if bytes.Equal(a[n:n+sampleSize], b[n:n+sampleSize]) {
			return int64(n), nil
		}
	}
	return 0, nil
}

// search asks the index about everything from start on.
func (f *finder) search(ctx context.Context, start, from int64) (int64, int64, bool, error) {
	for at := start; at+sampleSize <= f.new.size; {
		if ctx.Err() != nil {
			return 0, 0, false, context.Cause(ctx)
		}
		p, err := f.new.from(at, sampleSize)
		if err != nil {
			return 0, 0, false, err
		}
		i, s := f.index.hit(p, 0)
		if s == nil {
			at += int64(len(p)) - (sampleSize - 1)
			continue
		}
		sure := at + int64(i) + unsure
		// If only some blocks were replaced by others of the same size, all goes on
		// as before, and that may be longer than what the sample begins.
		from, err := f.longer(sure, from+sure-start, f.index.offset(s)+unsure)
		if err != nil {
			return 0, 0, false, err
		}
		if from >= 0 {
			n, err := f.before(sure, from, sure-start)
			return sure - n, from - n, true, err
		}
		// Two hashes are equal by chance, or because somebody wanted to keep us busy:
		// once is enough.
		s.tag = ^s.tag
		at += int64(i) + 1
	}
	return f.new.size, 0, false, nil
}

// longer says at which of two places old has what new has at at, as far as the
// hash of a sample is sure of it, and more of it than at the other; -1 if at none.
func (f *finder) longer(at int64, places ...int64) (int64, error) {
	p, err := f.new.from(at, len(f.there))
	if err != nil {
		return 0, err
	}
	p = p[:min(len(p), len(f.there))]
	best, longest := int64(-1), sampleSize-unsure-1
	for _, from := range places {
		// The view is not disturbed: most often, one of both is wrong.
		there := f.there[:max(0, min(int64(len(p)), f.old.size-from))]
		if err := f.old.read(there, from); err != nil {
			return 0, err
		}
		if n := common(p, there); n > longest {
			best, longest = from, n
		}
	}
	return best, nil
}

// before says for how many bytes, most at the most, both were equal already.
// Without an index of what comes twice, it is less than what lies between two
// samples; so it is no loss to look only at what is at hand.
func (f *finder) before(at, from, most int64) (int64, error) {
	n := min(most, from, kept)
	a, err := f.new.from(at-n, int(n))
	if err != nil {
		return 0, err
	}
	b, err := f.old.from(from-n, int(n))
	if err != nil {
		return 0, err
	}
	return int64(commonEnd(a[:n], b[:n])), nil
}
