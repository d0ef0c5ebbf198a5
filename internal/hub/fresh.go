package hub

import (
	"context"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"

	"lxdocker/internal/image"
	"lxdocker/internal/oci"
)

const (
	looks  = 2               // tags that are looked at at once
	atMost = 5 * time.Minute // between two rounds
)

// Run takes up what an earlier end broke off, and looks at tags again until the
// hub's context ends; it returns when nothing is under way any more.
func (h *Hub) Run() {
	defer h.stop()
	h.resume()
	pause := atMost
	if every := h.Freshness.Every; every > 0 {
		pause = min(pause, max(every/10, 10*time.Millisecond))
	}
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		h.round()
		select {
		case <-h.ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (h *Hub) stop() {
	h.working.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.save()
}

// resume converts what somebody asked for and never got. A policy that became
// narrower counts. Clients ask meanwhile, so it looks at the store when no flight
// can end.
func (h *Hub) resume() {
	h.mu.Lock()
	defer h.mu.Unlock()
	current, err := h.current()
	if err != nil {
		h.Log.Error("cannot read the store", "error", err)
		return
	}
	for w := range h.journal.asked {
		if _, ok := current[w]; ok {
			continue
		}
		ref, err := oci.Parse(w.ref)
		if _, under := h.flights[w]; under {
			continue
		}
		if err != nil || !h.Policy.Allows(ref) || len(h.flights) >= h.Limits.Waiting {
			h.journal.forget(w)
			continue
		}
		h.Log.Info("taking up a conversion that was broken off", "ref", w.ref, "architecture", w.arch)
		h.begin(w, ref)
	}
}

// round looks once at all images of the hub.
func (h *Hub) round() {
	current, err := h.current()
	if err != nil {
		h.Log.Error("cannot read the store", "error", err)
		return
	}
	group, ctx := errgroup.WithContext(h.ctx)
	group.SetLimit(looks)
	for w, v := range current {
		switch {
		case ctx.Err() != nil:
		case h.unwanted(w, v):
			group.Go(func() error { h.drop(ctx, w, v); return nil })
		case h.due(w, v):
			group.Go(func() error { h.look(ctx, w, v); return nil })
		}
	}
	_ = group.Wait() // none fails
	h.mu.Lock()
	defer h.mu.Unlock()
	h.save()
}

// unwanted says whether nobody has asked for an image in a long time, or it is
// denied by now.
func (h *Hub) unwanted(w wish, v image.Version) bool {
	if ref, err := oci.Parse(w.ref); err == nil && h.Policy.denies(ref) {
		return true
	}
	if h.Freshness.Days <= 0 {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	asked, ok := h.journal.asked[w]
	if !ok {
		asked = v.Published() // the journal was lost
	}
	return h.Now().Sub(asked) > h.Freshness.Days
}

func (h *Hub) drop(ctx context.Context, w wish, v image.Version) {
	if err := h.Converter.Drop(ctx, v); err != nil {
		h.Log.Warn("cannot let go of an image", "ref", w.ref, "error", err)
		return
	}
	h.Log.Info("an image is not wanted any more", "ref", w.ref, "architecture", w.arch)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.journal.forget(w)
	delete(h.next, w)
}

// due says whether it is time to look at a tag again. What is seen for the first
// time gets its turn soon, but not all at once.
func (h *Hub) due(w wish, v image.Version) bool {
	every := h.Freshness.Every
	ref, err := oci.Parse(v.Source)
	if every <= 0 || err != nil || ref.Fixed() {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.Now()
	next, ok := h.next[w]
	if !ok {
		next = now.Add(rand.N(every/10 + 1))
		if age := now.Sub(v.Published()); age < every {
			next = next.Add(every - age) // just converted
		}
		h.next[w] = next
	}
	if rest := h.Converter.Rest(ref); rest.After(next) {
		next = rest
	}
	return !now.Before(next)
}

// look asks for what a tag names now, and converts it if that is new.
func (h *Hub) look(ctx context.Context, w wish, old image.Version) {
	ref, err := oci.Parse(w.ref)
	if err != nil {
		return // due has seen to that
	}
	v, err := h.Converter.Convert(ctx, ref, w.arch, true)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		h.Log.Warn("cannot look at a tag again; clients get the image as it was", "ref", w.ref, "error", err)
	case v.Serial != old.Serial:
		h.Log.Info("a tag has moved", "ref", w.ref, "architecture", w.arch, "version", v.Serial)
	}
	every := h.Freshness.Every
	h.mu.Lock()
	defer h.mu.Unlock()
	h.next[w] = h.Now().Add(every - every/10 + rand.N(every/5+1))
}
