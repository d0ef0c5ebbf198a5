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
	Bytes    int64 // of the archives, and of the holes in their files
	Entries  int64
	Metadata int64 // of rootfs.Entry.Cost
	// BytesWhy and FilesBy are for errors, as in rootfs.Limits.
	BytesWhy, FilesBy string

	bytes, entries, metadata atomic.Int64 // taken
}

// share is what one layer has taken of a budget.
type share struct {
	budget                   *Budget
	bytes, entries, metadata atomic.Int64
}

func (s *share) takeBytes(n int64) error {
	if s == nil || s.budget == nil {
		return nil
	}
	b := s.budget
	s.bytes.Add(n)
	if all := b.bytes.Add(n); b.Bytes > 0 && all > b.Bytes {
		return tooMuch(", "+b.BytesWhy, "the layers of the image expand to more than %s together", humanize.Limit(b.Bytes))
	}
	return nil
}

func (s *share) takeEntry(metadata int64) error {
	if s == nil || s.budget == nil {
		return nil
	}
	b := s.budget
	s.entries.Add(1)
	s.metadata.Add(metadata)
	if all := b.entries.Add(1); b.Entries > 0 && all > b.Entries {
		return tooMuch(", the limit of "+b.FilesBy, "the layers of the image have more than %d files together", b.Entries)
	}
	if all := b.metadata.Add(metadata); b.Metadata > 0 && all > b.Metadata {
		return tooMuch("; "+b.FilesBy+" allows that much for so many files", "the names and attributes of the image's files take more than %s together", humanize.Limit(b.Metadata))
	}
	return nil
}

// tooMuch is an error of which strangers are told the text, and not the setting after it.
func tooMuch(setting, format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	return failure.Tell(failure.Errorf(failure.TooLarge, "%s%s", text, setting), text)
}

// giveBack is for a layer that is fetched again.
func (s *share) giveBack() {
	if b := s.budget; b != nil {
		b.bytes.Add(-s.bytes.Load())
		b.entries.Add(-s.entries.Load())
		b.metadata.Add(-s.metadata.Load())
	}
}
