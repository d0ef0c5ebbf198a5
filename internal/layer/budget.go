package layer

import (
	"fmt"
	"sync/atomic"

	"lxdocker/internal/failure"
	"lxdocker/internal/humanize"
)

// Budget is what the layers of one image may have together, beside the limits of each. Zero
// is no limit. Layers that are in the cache take nothing of it: package rootfs counts them.
// It is safe for concurrent use, and must not be copied.
type Budget struct {
	Most Amount
	// BytesWhy and FilesBy are for errors, as in rootfs.Limits.
	BytesWhy, FilesBy string

	taken counter
}

// Amount is how much of a budget something takes.
type Amount struct {
	Bytes    int64 // of the archives, and of the holes in their files
	Entries  int64
	Metadata int64 // of rootfs.Entry.Cost
}

// Less is an amount without a part of it.
func (a Amount) Less(b Amount) Amount {
	return Amount{a.Bytes - b.Bytes, a.Entries - b.Entries, a.Metadata - b.Metadata}
}

// counter is an amount that several goroutines add to.
type counter struct{ bytes, entries, metadata atomic.Int64 }

func (c *counter) add(a Amount) (all Amount) {
	return Amount{add(&c.bytes, a.Bytes), add(&c.entries, a.Entries), add(&c.metadata, a.Metadata)}
}

func add(to *atomic.Int64, n int64) int64 {
	if n == 0 {
		return to.Load()
	}
	return to.Add(n)
}

// Taken is how much is taken by now.
func (b *Budget) Taken() Amount { return b.taken.add(Amount{}) }

// Take takes some more, and is an error if that is too much.
func (b *Budget) Take(a Amount) error {
	all := b.taken.add(a)
	switch {
	case b.Most.Bytes > 0 && all.Bytes > b.Most.Bytes:
		return tooMuch(", "+b.BytesWhy, "the layers of the image expand to more than %s together", humanize.Limit(b.Most.Bytes))
	case b.Most.Entries > 0 && all.Entries > b.Most.Entries:
		return tooMuch(", the limit of "+b.FilesBy, "the layers of the image have more than %d files together", b.Most.Entries)
	case b.Most.Metadata > 0 && all.Metadata > b.Most.Metadata:
		return tooMuch("; "+b.FilesBy+" allows that much for so many files", "the names and attributes of the image's files take more than %s together", humanize.Limit(b.Most.Metadata))
	}
	return nil
}

// GiveBack gives back what was taken.
func (b *Budget) GiveBack(a Amount) { b.taken.add(Amount{}.Less(a)) }

// share is what one layer has taken of a budget.
type share struct {
	budget *Budget // nil: there is none
	taken  counter
}

func (s *share) take(a Amount) error {
	if s == nil || s.budget == nil {
		return nil
	}
	s.taken.add(a)
	return s.budget.Take(a)
}

// tooMuch is an error of which strangers are told the text, and not the setting after it.
func tooMuch(setting, format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	return failure.Tell(failure.Errorf(failure.TooLarge, "%s%s", text, setting), text)
}

// giveBack is for a layer that is fetched again.
func (s *share) giveBack() {
	if s.budget != nil {
		s.budget.GiveBack(s.taken.add(Amount{}))
	}
}
