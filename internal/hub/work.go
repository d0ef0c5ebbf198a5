package hub

import (
	"time"

	"lxdocker/internal/image"
)

// Work is what the hub has to do at a moment.
type Work struct {
	Waiting int // conversions that wait for a place
	Running int // those that have one

	// OldestCheck is the earliest of the last checks of all tags, as of the last round;
	// zero if there is no tag to check. Checks before the start are not known, and count as
	// made at the start.
	OldestCheck time.Time
}

// Work says what the hub has to do. It costs the same however much the store has.
func (h *Hub) Work() (w Work) {
	for _, t := range []*turns{h.first, h.long, h.newer} {
		waiting, running := t.count()
		w.Waiting, w.Running = w.Waiting+waiting, w.Running+running
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	w.OldestCheck = h.oldest
	return w
}

func (t *turns) count() (waiting, running int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.waiting), len(t.held)
}

// noteCheck notes that a registry said what a tag means. It ignores registries that limit
// requests, because they were not asked. The caller has mu.
func (h *Hub) noteCheck(r request, err error) {
	if now := h.Now(); err == nil && !h.Converter.RateLimited(r.ref).After(now) {
		h.checked[r] = now
	}
}

// oldestCheck looks through the images whose tags are looked at. The caller has mu.
func (h *Hub) oldestCheck(current map[request]image.Version) (oldest time.Time) {
	if h.Rules().Freshness.Every <= 0 {
		return oldest
	}
	now := h.Now()
	for r, v := range current {
		if r.fixed() || v.Pinned != nil {
			continue
		}
		at := h.started
		for _, later := range []time.Time{h.checked[r], v.PublishedBy(now)} {
			if later.After(at) {
				at = later
			}
		}
		if oldest.IsZero() || at.Before(oldest) {
			oldest = at
		}
	}
	return oldest
}
