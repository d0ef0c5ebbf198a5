package hub

import (
	"context"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"

	"lxdocker/internal/image"
)

const (
	checksAtOnce = 2               // tags that are looked at at once
	maxPause     = 5 * time.Minute // between two rounds
)

// Run takes up what an earlier end broke off, and looks at tags again until the
// hub's context ends; it returns when nothing is under way any more.
func (h *Hub) Run() {
	defer h.stop()
	h.sayDisk()
	h.resume()
	pause := h.pause()
	tick := time.NewTicker(pause)
	defer tick.Stop()
	h.working.Go(h.tidying)
	for {
		h.round()
		if now := h.pause(); now != pause {
			pause = now
			tick.Reset(pause)
		}
		select {
		case <-h.ctx.Done():
			return
		case <-tick.C:
		case <-h.ruled:
		case <-h.now:
			h.hurry()
		}
	}
}

// pause is how long to wait between two rounds.
func (h *Hub) pause() time.Duration {
	if every := h.Rules().Freshness.Every; every > 0 {
		return min(maxPause, max(every/10, 10*time.Millisecond))
	}
	return maxPause
}

// LookNow has all tags checked, without waiting for it; those of registries that limit
// requests, when they may be asked again.
func (h *Hub) LookNow() {
	select {
	case h.now <- struct{}{}:
	default: // that is about to happen
	}
}

// hurry makes all tags due.
func (h *Hub) hurry() {
	current, err := h.current()
	if err != nil {
		return // round says so
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for r := range current {
		h.next[r] = h.Now()
	}
}

// unreadable logs that the store cannot be read, unless the hub is about to end.
func (h *Hub) unreadable(err error) {
	if h.ctx.Err() == nil {
		h.Log.Error("cannot read the store", "error", err)
	}
}

func (h *Hub) stop() {
	h.working.Wait()
	h.lastTidy()
	h.keep(h.journal.save())
	h.saveClients()
}

// resume converts what somebody asked for and never got. A policy that became
// narrower counts. Clients ask meanwhile, so it looks at the store when no call
// can end.
func (h *Hub) resume() {
	h.mu.Lock()
	defer h.mu.Unlock()
	current, err := h.current()
	if err != nil {
		h.unreadable(err)
		return
	}
	if h.journal.lost { // or all that is older than the limit would go at once
		for r := range current {
			h.journal.note(r, h.Now())
		}
	}
	for _, r := range h.journal.requests() {
		if _, ok := current[r]; ok {
			continue
		}
		if _, under := h.calls[r]; under {
			continue
		}
		if !h.allowed(r) || len(h.calls) >= h.Rules().Limits.Waiting {
			h.journal.forget(r)
			continue
		}
		h.Log.Info("taking up a conversion that was broken off", "ref", r.String(), "architecture", r.arch)
		h.begin(r, false, "")
	}
}

// round looks once at all images of the hub.
func (h *Hub) round() {
	current, err := h.current()
	if err != nil {
		h.unreadable(err)
		return
	}
	group, ctx := errgroup.WithContext(h.ctx)
	group.SetLimit(checksAtOnce)
	for r, v := range current {
		switch {
		case ctx.Err() != nil:
		case v.Pinned != nil:
		case !h.Offers(v) || h.unused(r, v):
			group.Go(func() error { h.drop(ctx, r, v); return nil })
		case h.due(r, v):
			group.Go(func() error { h.check(ctx, r, v); return nil })
		}
	}
	_ = group.Wait() // none fails
	h.keepWithin()
	h.mu.Lock()
	h.oldest = h.oldestCheck(current)
	h.mu.Unlock()
	h.keep(h.journal.save())
}

// unused says whether nobody has asked for an image in a long time.
func (h *Hub) unused(r request, v image.Version) bool {
	days := h.Rules().Freshness.Days
	if days <= 0 {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.Now()
	asked, ok := h.journal.last(r)
	if !ok {
		asked = v.Published()
	}
	if asked.After(now.Add(image.ClockSkew)) {
		asked = h.seen(r, asked, now)
	}
	return now.Sub(asked) > days
}

// seen is when an image was asked for that the journal says was asked for at a time that
// is yet to come: when that was first seen. The journal is not corrected, as it may be
// today's clock that is wrong. The caller has mu.
func (h *Hub) seen(r request, asked, now time.Time) time.Time {
	first, ok := h.skewedSince[r]
	if !ok {
		h.Log.Warn("an image was asked for at a time that is yet to come, so a clock is or was wrong: counting from now", "ref", r.String(), "architecture", r.arch, "asked", asked)
		first = now
		h.skewedSince[r] = first
	}
	return first
}

func (h *Hub) drop(ctx context.Context, r request, v image.Version) {
	if err := h.Converter.Drop(ctx, v); err != nil {
		h.Log.Warn("cannot remove an on-demand image", "ref", r.String(), "error", err)
		return
	}
	h.Log.Info("removed an on-demand image that is no longer requested, or that no pattern allows any more", "ref", r.String(), "architecture", r.arch)
	h.untidy()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.forget(r)
}

// due says whether it is time to check a tag again. Tags that are seen for the first time
// are checked soon, but not all at once.
func (h *Hub) due(r request, v image.Version) bool {
	every := h.Rules().Freshness.Every
	if every <= 0 || r.fixed() {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.Now()
	next, ok := h.next[r]
	if !ok {
		next = now.Add(rand.N(every/10 + 1))
		if v.Published().After(now.Add(image.ClockSkew)) {
			h.Log.Warn("a version has a serial that is yet to come: a clock was wrong; its tag is looked at as usual", "ref", r.String(), "version", v.Serial)
		}
		if age := now.Sub(v.PublishedBy(now)); age < every {
			next = next.Add(every - age) // just converted
		}
		h.next[r] = next
	}
	if limited := h.Converter.RateLimited(r.ref); limited.After(next) {
		next = limited
	}
	return !now.Before(next)
}

// check asks for what a tag names now, and converts it if that is new.
func (h *Hub) check(ctx context.Context, r request, old image.Version) {
	defer h.unclaim(r.product())
	v, err := h.Converter.Convert(ctx, r.ref, r.arch, true)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		h.Log.Warn("cannot look at a tag again; clients get the image as it was", "ref", r.String(), "error", err)
	case v.Serial != old.Serial:
		h.Log.Info("a tag has moved", "ref", r.String(), "architecture", r.arch, "version", v.Serial)
		h.untidy()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.noteCheck(r, err)
	h.later(r)
}

// later says when to look at a tag again that was looked at. The caller has mu.
func (h *Hub) later(r request) {
	every := h.Rules().Freshness.Every
	h.next[r] = h.Now().Add(every - every/10 + rand.N(every/5+1))
}
