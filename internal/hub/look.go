package hub

import (
	"context"
	"time"

	"lxdocker/internal/image"
)

// looksAtOnce is how many tags are looked at at once because clients ask.
const looksAtOnce = 8

// look is the question what a tag means now, which may lead to a conversion.
type look struct {
	began time.Time
	done  chan struct{} // closed when what follows is known
	call  *call         // of what the tag means now; nil: there is nothing new
}

// Fresh notes that a client asked for an existing image, and returns what it gets. If the
// client waits, that is what the tag means now, converted if need be, unless the registry
// takes longer than a second to answer, or limits requests. If it does not wait, like a
// daemon in the background, it gets the existing version immediately, and the next one who
// asks benefits from the check.
func (h *Hub) Fresh(ctx context.Context, v image.Version, waits bool) image.Version {
	return h.fresh(ctx, requestFor(v), v, waits)
}

// fresh is Fresh for a request that has been read.
func (h *Hub) fresh(ctx context.Context, r request, v image.Version, waits bool) image.Version {
	h.journal.note(r, h.Now())
	l := h.look(r)
	if l == nil || !waits {
		return v
	}
	limit := time.NewTimer(image.LookTime)
	defer limit.Stop()
	select {
	case <-l.done:
	case <-limit.C:
		return v
	case <-ctx.Done():
		return v
	}
	if l.call == nil {
		return v
	}
	if fresh, err := h.wait(ctx, l.call); err == nil {
		return fresh
	}
	return v
}

// Lost is told of a version that was damaged and taken away: it is made again, and a
// client who asks meanwhile waits for that.
func (h *Hub) Lost(v image.Version) {
	r := requestFor(v)
	if !h.allowed(r) || !v.Hub || v.Retired != nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, under := h.calls[r]; !under && h.ctx.Err() == nil && len(h.calls) < h.Rules().Limits.Waiting {
		h.begin(r, true, "")
	}
}

// look starts a check of a tag, or returns the one of a moment ago; nil if there can be
// none.
func (h *Hub) look(r request) *look {
	if r.fixed() || h.Rules().Freshness.Every <= 0 || h.ctx.Err() != nil {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.Now()
	if l, ok := h.looks[r]; ok && now.Sub(l.began) < image.LookAgain {
		return l
	}
	if h.looking >= looksAtOnce || h.Converter.RateLimited(r.ref).After(now) {
		return nil
	}
	l := &look{began: now, done: make(chan struct{})}
	h.looks[r] = l
	h.looking++
	h.working.Go(func() { h.finish(l, r) })
	return l
}

// finish asks the registry, and begins a conversion if there is something new.
func (h *Hub) finish(l *look, r request) {
	ctx, cancel := context.WithTimeout(h.ctx, image.LookLimit)
	defer cancel()
	moved, err := h.Converter.Moved(ctx, r.ref, r.arch)
	if err != nil && h.ctx.Err() == nil {
		h.Log.Warn("cannot look at a tag again; clients get the image as it was", "ref", r.String(), "error", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	defer close(l.done)
	h.looking--
	if err == nil {
		h.noteCheck(r, err)
		h.later(r)
	}
	if !moved || h.ctx.Err() != nil {
		return
	}
	if c, ok := h.calls[r]; ok {
		l.call = c
	} else if len(h.calls) < h.Rules().Limits.Waiting {
		h.Log.Info("a tag has moved", "ref", r.String(), "architecture", r.arch)
		l.call = h.begin(r, true, "")
	}
}
