package hub

import (
	"context"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// evict removes what choose chooses, and lets it choose again where something cannot be
// removed. The caller has room.mu.
func (h *Hub) evict(ctx context.Context, choose func([]candidate) []candidate) error {
	for {
		now, err := h.snapshot()
		if err != nil {
			return err
		}
		h.room.tally.follow(now)
		h.mu.Lock()
		all := h.room.tally.candidates(h.askedFor, h.busy)
		h.mu.Unlock()
		before := h.room.tally.bytes
		gone := choose(all)
		if len(gone) == 0 {
			return nil
		}
		freed := before - h.room.tally.bytes
		h.forgetAll(now, gone)
		if h.remove(ctx, gone) {
			h.Log.Info("removed images on demand to make room, beginning with those that have not been requested for the longest time", "versions", len(gone), "bytes", freed,
				"left", h.room.tally.bytes, "limit", h.Rules().Limits.Disk, "free", h.free())
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// busy says whether a version stays whatever it takes. The caller has room.mu.
func (h *Hub) busy(id image.ID) bool {
	_, claimed := h.room.claims[id.Product]
	return claimed || h.room.stuck[id]
}

// remove says whether all could be removed. The caller has room.mu.
func (h *Hub) remove(ctx context.Context, gone []candidate) (all bool) {
	all = true
	for _, c := range gone {
		log := h.Log.With("ref", c.request.String(), "architecture", c.request.arch, "version", c.id.Serial)
		if err := h.Converter.Remove(ctx, c.id); err != nil {
			if all = false; ctx.Err() == nil {
				log.Warn("cannot remove an image on demand to make room", "error", err)
				h.stick(c.id)
			}
			continue
		}
		h.room.removed++
		log.Debug("removed an image on demand to make room")
	}
	h.untidy()
	if !all {
		h.room.tally.at = nil // count anew
	}
	return all
}

// stick remembers a version that cannot be removed: or it would be chosen again and again.
func (h *Hub) stick(id image.ID) {
	if h.room.stuck == nil {
		h.room.stuck = map[image.ID]bool{}
	}
	h.room.stuck[id] = true
}

// askedFor is when an image was asked for last. The caller has mu.
func (h *Hub) askedFor(r request) (time.Time, bool) {
	at, ok := h.journal.last(r)
	if now := h.Now(); at.After(now) { // a clock was wrong
		at = now
	}
	return at, ok
}

// forgetAll takes out of the journal what clients will not get any more: or the next start
// would take it for broken off, and make it again.
func (h *Hub) forgetAll(now *store.Snapshot, gone []candidate) {
	h.mu.Lock()
	for _, c := range gone {
		if v, ok := now.Current(c.id.Product); ok && v.Serial == c.id.Serial {
			h.forget(c.request)
			h.journal.drop(c.request)
		}
	}
	h.mu.Unlock()
	h.keep(h.journal.flush())
}

// keep says that something could not be written. The caller has no lock that others want.
func (h *Hub) keep(err error) {
	if err != nil {
		h.Log.Warn("cannot keep the journal", "error", err)
	}
}

// forget forgets an image that is no more. The caller has mu.
func (h *Hub) forget(r request) {
	h.journal.forget(r)
	delete(h.next, r)
	delete(h.skewedSince, r)
	delete(h.looks, r)
	delete(h.checked, r)
}
