package hub

import (
	"context"
	"slices"
	"sync"
	"time"

	"lxdocker/internal/failure"
	"lxdocker/internal/humanize"
	"lxdocker/internal/image"
)

// The room of images on demand is limited when an image has been made and its size is
// known, not by what a registry claims beforehand: that may be anything, and would cost
// others their images.

const (
	// justAsked is how long a requested image is spared, because its client downloads it. A
	// client that requests many cannot keep others out by that: only up to half of the room
	// is spared.
	justAsked = 10 * time.Minute

	// stale is how long nobody has to have asked for an image that goes because another
	// one is expected not to fit on the disk; or been offered it.
	stale, staleRetired = 24 * time.Hour, time.Hour
)

// room is what the hub knows of the disk.
type room struct {
	mu      sync.Mutex // of what makes room; h.mu may be taken with it, not the other way round
	tally   tally
	claims  map[image.Product]claim
	stuck   map[image.ID]bool // versions that cannot be removed
	removed int64             // versions, since the start
}

// claim is for a version that is about to be published.
type claim struct {
	bytes int64
	after string // the newest serial then: a newer one is the version itself
}

// Disk is what images on demand take on the disk, and may take.
type Disk struct {
	Bytes, Limit int64 // Limit is 0 if there is none
	Versions     int
	Removed      int64 // versions that were removed to make room, since the start
}

// Disk says how much room images on demand take.
func (h *Hub) Disk() (Disk, error) {
	now, err := h.snapshot()
	if err != nil {
		return Disk{}, err
	}
	h.room.mu.Lock()
	defer h.room.mu.Unlock()
	h.room.tally.follow(now)
	return Disk{h.room.tally.bytes, h.Rules().Limits.Disk, h.room.tally.images, h.room.removed}, nil
}

// Claim asks for room for an image of so many bytes. While that is only expected, it is
// compared with the limit, and nothing more. Once it is made, least asked for images are
// removed for it; the room is its own until the conversion ends.
func (h *Hub) Claim(ctx context.Context, p image.Product, bytes int64, made bool) error {
	limit := h.Rules().Limits.Disk
	if limit <= 0 {
		return nil
	}
	if bytes > limit {
		return failure.Tell(
			failure.Errorf(failure.TooLarge, "image too large: it has %d bytes, and images on demand may have %s together, the limit of --images-size", bytes, humanize.Limit(limit)),
			"the image is larger than all images on demand may be here")
	}
	if !made {
		return nil
	}
	h.room.mu.Lock()
	defer h.room.mu.Unlock()
	now, err := h.snapshot()
	if err != nil {
		return err
	}
	h.room.tally.follow(now)
	if h.room.claims == nil {
		h.room.claims = map[image.Product]claim{}
	}
	h.room.claims[p] = claim{bytes, h.room.tally.newest(p)}
	fits, err := h.trim(ctx, false)
	if err != nil || !fits {
		delete(h.room.claims, p)
	}
	if err == nil && !fits {
		return failure.Publicf(failure.Full, "the room for images on demand is taken by those that are asked for just now: ask again later")
	}
	return err
}

// unclaim says that a conversion is over. An image that was removed for it may have shared
// a file with it, which then is there all the same.
func (h *Hub) unclaim(p image.Product) {
	h.room.mu.Lock()
	delete(h.room.claims, p)
	h.room.mu.Unlock()
	h.keepWithin()
}

// trim removes what is beyond the limit, and says whether all is within it then. If that
// cannot be, it removes nothing, or all the same. The caller has room.mu.
func (h *Hub) trim(ctx context.Context, allTheSame bool) (fits bool, err error) {
	t, limit := &h.room.tally, h.Rules().Limits.Disk
	if limit <= 0 { // by now
		return true, nil
	}
	within := func() bool { return t.bytes+h.claimed() <= limit }
	now, err := h.snapshot()
	if err != nil {
		return false, err
	}
	if t.follow(now); within() {
		return true, nil
	}
	err = h.evict(ctx, func(all []candidate) []candidate {
		if fits = within(); fits {
			return nil
		}
		gone := t.leave(spare(all, h.Now(), limit/2), within)
		if fits = within(); !fits && !allTheSame {
			return h.room.tally.putAll(gone)
		}
		return gone
	})
	return fits && err == nil, err
}

// claimed is how much was claimed that is not published yet. The caller has room.mu.
func (h *Hub) claimed() (bytes int64) {
	for p, c := range h.room.claims {
		if h.room.tally.newest(p) == c.after {
			bytes += c.bytes
		}
	}
	return bytes
}

// keepWithin removes what is beyond the limit: that may have become lower.
func (h *Hub) keepWithin() {
	if h.Rules().Limits.Disk <= 0 || h.ctx.Err() != nil {
		return
	}
	h.room.mu.Lock()
	defer h.room.mu.Unlock()
	if _, err := h.trim(h.ctx, true); err != nil && h.ctx.Err() == nil {
		h.Log.Warn("cannot remove images on demand that are beyond the limit", "error", err)
	}
}

// spare leaves out what was asked for just now, the last first, up to so many bytes.
func spare(all []candidate, now time.Time, most int64) []candidate {
	for end := len(all); ; end-- {
		if end == 0 || !all[end-1].offered || now.Sub(all[end-1].since) >= justAsked {
			return all[:end]
		}
		for _, f := range all[end-1].files {
			most -= f.size
		}
		if most < 0 {
			return all[:end]
		}
	}
}

// Free removes images that have not been requested for a long time, if so many bytes belong
// to them alone: another image is not expected to fit on the disk.
func (h *Hub) Free(ctx context.Context, bytes int64) {
	h.room.mu.Lock()
	defer h.room.mu.Unlock()
	t := &h.room.tally
	err := h.evict(ctx, func(all []candidate) []candidate {
		now, before := h.Now(), t.bytes
		old := slices.DeleteFunc(all, func(c candidate) bool {
			return c.offered && now.Sub(c.since) < stale || !c.offered && now.Sub(c.since) < staleRetired
		})
		enough := func() bool { return before-t.bytes >= bytes }
		gone := t.leave(old, enough)
		if !enough() {
			return t.putAll(gone) // it would not help
		}
		return gone
	})
	if err != nil && h.ctx.Err() == nil {
		h.Log.Warn("cannot make room by removing images on demand", "error", err)
	}
}

// free is how much room the disk has, for the log; -1 if nobody knows.
func (h *Hub) free() int64 {
	if h.FreeSpace == nil {
		return -1
	}
	return h.FreeSpace()
}

// sayDisk says how much room there is.
func (h *Hub) sayDisk() {
	d, err := h.Disk()
	if err != nil {
		h.unreadable(err)
		return
	}
	h.Log.Info("room of images on demand", "bytes", d.Bytes, "limit", d.Limit, "versions", d.Versions, "removed", d.Removed, "free", h.free())
}
