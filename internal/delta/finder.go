package delta

import (
	"bytes"
	"context"
)

// header is how far from the beginning two versions may differ without anything
// having moved: the superblock of a squashfs always differs.
const header = 4 << 10

// finder finds out which parts of the target are in the source, and tells the planner,
// in the order of the target.
type finder struct {
	source, target *view
	planner        *planner
	index          *index        // made when it is needed
	there          [4 << 10]byte // of the source, to be compared
}

// run goes through the target once.
func (f *finder) run(ctx context.Context) error {
	var at, from int64 // offsets in target and source that probably hold the same
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

// copy plans to copy as many bytes as are equal from there on, and returns their number.
func (f *finder) copy(ctx context.Context, at, from int64) (n int64, err error) {
	for at+n < f.target.size && from+n < f.source.size {
		a, err := f.target.from(at+n, 1)
		if err != nil {
			return 0, err
		}
		b, err := f.source.from(from+n, 1)
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

// resume finds the next offset, from at on, where the target has something of the
// source, and where that is in the source. If there is none, at is the target's end.
func (f *finder) resume(ctx context.Context, at, from int64) (int64, int64, bool, error) {
	if f.index == nil {
		if at < header {
			if gap, err := f.gap(at); err != nil || gap > 0 {
				return at + gap, at + gap, gap > 0, err
			}
		}
		// Nothing has moved so far. The target has everything that the source has before
		// this offset, and compressed data does not repeat itself: it is not indexed.
		var err error
		if f.index, err = newIndex(ctx, f.source.input, from); err != nil {
			return 0, 0, false, err
		}
	}
	return f.search(ctx, at, from)
}

// gap counts the bytes that differ from at on, before both files are equal again; it
// is 0 if these are too many.
func (f *finder) gap(at int64) (int64, error) {
	if at >= min(f.source.size, f.target.size) {
		return 0, nil
	}
	a, err := f.target.from(at, header)
	if err != nil {
		return 0, err
	}
	b, err := f.source.from(at, header)
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

// search looks everything from start on up in the index.
func (f *finder) search(ctx context.Context, start, from int64) (int64, int64, bool, error) {
	for at := start; at+sampleSize <= f.target.size; {
		if ctx.Err() != nil {
			return 0, 0, false, context.Cause(ctx)
		}
		p, err := f.target.from(at, sampleSize)
		if err != nil {
			return 0, 0, false, err
		}
		i, s := f.index.hit(p, 0)
		if s == nil {
			at += int64(len(p)) - (sampleSize - 1)
			continue
		}
		sure := at + int64(i) + unsure
		// If blocks were replaced by others of the same size, the source goes on where it
		// was, and that match may be longer than the sample's.
		from, err := f.longer(sure, from+sure-start, f.index.offset(s)+unsure)
		if err != nil {
			return 0, 0, false, err
		}
		if from >= 0 {
			n, err := f.before(sure, from, sure-start)
			return sure - n, from - n, true, err
		}
		// The hashes are equal by chance, or because somebody wants to keep us busy: do not
		// try this sample again.
		s.tag = ^s.tag
		at += int64(i) + 1
	}
	return f.target.size, 0, false, nil
}

// longer returns the place in the source with the longest match for the target at at;
// -1 if no match is as long as the hash of a sample vouches for.
func (f *finder) longer(at int64, places ...int64) (int64, error) {
	p, err := f.target.from(at, len(f.there))
	if err != nil {
		return 0, err
	}
	p = p[:min(len(p), len(f.there))]
	best, longest := int64(-1), sampleSize-unsure-1
	for _, from := range places {
		// Not through the view: most often one of both is wrong, and it would jump.
		there := f.there[:max(0, min(int64(len(p)), f.source.size-from))]
		if err := f.source.read(there, from); err != nil {
			return 0, err
		}
		if n := common(p, there); n > longest {
			best, longest = from, n
		}
	}
	return best, nil
}

// before counts how many bytes before at and from are equal, up to most. A match
// begins less than a stride before its first sample, so it is enough to look at the
// bytes in memory.
func (f *finder) before(at, from, most int64) (int64, error) {
	n := min(most, from, lookBack)
	a, err := f.target.from(at-n, int(n))
	if err != nil {
		return 0, err
	}
	b, err := f.source.from(from-n, int(n))
	if err != nil {
		return 0, err
	}
	return int64(commonEnd(a[:n], b[:n])), nil
}
