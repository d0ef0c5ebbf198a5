package dir

import (
	"encoding/json"
	"os"
	"time"

	"lxdocker/internal/image"
)

// seenRetired is since when a version is retired whose retired.json has a time that is
// yet to come: since that was first seen, which the file remembers from then on. The
// time itself stays, as it may be today's clock that is wrong. The caller has the
// mutation lock, and mu.
func (s *Store) seenRetired(id image.ID, at, now time.Time) time.Time {
	root, err := os.OpenRoot(s.path(id.Dir()))
	if err != nil {
		return now
	}
	defer root.Close()
	r, err := readRetirement(root)
	if r == nil || err != nil {
		return now
	}
	if r.Seen != nil && !r.Seen.After(now) {
		return *r.Seen
	}
	s.log.Warn("a version was retired at a time that is yet to come, so a clock is or was wrong: its day begins now", "folder", id.Dir(), "retired", at)
	seen := now.UTC()
	data, err := json.Marshal(retirement{At: r.At, Seen: &seen})
	if err == nil {
		err = s.replaceFile(s.path(id.Dir(), retiredFile), append(data, '\n'))
	}
	if err != nil { // a full disk, perhaps: the next one tries again
		s.log.Warn("cannot note when that was seen", "folder", id.Dir(), "error", err)
	}
	return seen
}
