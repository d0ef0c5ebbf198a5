package hub

import (
	"context"
	"time"

	"lxdocker/internal/failure"
	"lxdocker/internal/image"
	"lxdocker/internal/oci"
)

// call is one conversion that somebody waits for.
type call struct {
	request request
	again   bool          // the image is there, and this is about a newer one
	client  string        // who asked first; "" if no client did
	done    chan struct{} // closed when what follows is known
	version image.Version
	err     error
}

// errEnding is said to those who wait when the server ends.
var errEnding = failure.Publicf(failure.Unavailable, "the server is being stopped or restarted; ask again in a minute")

// cached returns a call that is over: the image is there.
func cached(r request, v image.Version) *call {
	c := &call{request: r, done: make(chan struct{}), version: v}
	close(c.done)
	return c
}

// join returns the call for a request, and begins it if there is none. An image is
// in the store before its call is over: whoever finds no call has to look there
// once more.
func (h *Hub) join(r request, ref oci.Reference, client string) (*call, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.Now()
	if c, ok := h.calls[r]; ok {
		return c, nil
	}
	if err := h.failed.recent(r, now); err != nil {
		return nil, err
	}
	if v, ok, err := h.known(r); err != nil {
		return nil, err
	} else if ok {
		return cached(r, v), nil
	}
	if h.ctx.Err() != nil {
		return nil, errEnding
	}
	if own, share := h.callsOf(client), max(1, h.Limits.Waiting/shareOfWaiting); own >= share {
		return nil, failure.Publicf(failure.Unavailable, "%d images that %s has asked for are being converted or wait for that: ask again later", own, client)
	}
	if len(h.calls) >= h.Limits.Waiting {
		return nil, failure.Publicf(failure.Unavailable, "%d images are being converted or wait for that: ask again later", len(h.calls))
	}
	if wait := h.clients.admit(client, h.Limits.PerClient, now); wait > 0 {
		return nil, failure.After(failure.RateLimited, wait, failure.Publicf(failure.RateLimited,
			"%s has asked for %d new images within an hour: ask again in %s", client, h.Limits.PerClient, wait.Round(time.Second)))
	}
	return h.begin(r, ref, false, client), nil
}

// shareOfWaiting is which part of the images that wait may be one client's.
const shareOfWaiting = 5

// callsOf counts the images that wait because a client asked for them. The caller has mu.
func (h *Hub) callsOf(client string) (n int) {
	for _, c := range h.calls {
		if !c.again && c.client == client {
			n++
		}
	}
	return n
}

// begin starts a call. The journal has it on disk first, so that a crash does not
// lose it.
func (h *Hub) begin(r request, ref oci.Reference, again bool, client string) *call {
	c := &call{request: r, again: again, client: client, done: make(chan struct{})}
	h.calls[r] = c
	if err := h.journal.add(r, h.Now()); err != nil {
		h.Log.Warn("cannot keep the journal", "error", err)
	}
	h.working.Go(func() { h.run(c, ref) })
	return c
}

// run does the work. No client's context counts here: others may wait, too.
func (h *Hub) run(c *call, ref oci.Reference) {
	began := h.Now()
	log := h.Log.With("ref", c.request.ref, "architecture", c.request.arch)
	version, err := h.convert(c, ref)
	if err == nil {
		log.Info("converted an image on demand", "version", version.Serial, "after", h.Now().Sub(began).Round(time.Millisecond))
		h.untidy()
	} else {
		log.Warn("cannot convert an image on demand", "error", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	c.version, c.err = version, err
	if err != nil && !c.again && h.ctx.Err() == nil { // else the next start takes it up again
		h.failed.note(c.request, err, h.Now())
		h.journal.forget(c.request)
	}
	delete(h.calls, c.request)
	close(c.done)
}

func (h *Hub) convert(c *call, ref oci.Reference) (image.Version, error) {
	places := h.first
	if c.again {
		places = h.newer
	}
	give, err := places.take(h.ctx, c.client, func() {
		h.Log.Info("an image waits for its conversion: there are as many as may be", "ref", ref.String(), "architecture", c.request.arch)
	})
	if err != nil {
		return image.Version{}, err
	}
	defer give()
	defer h.unclaim(c.request.product())
	return h.Converter.Convert(h.ctx, ref, c.request.arch, false)
}

// wait returns what a call comes to, unless the client or the server leaves before.
func (h *Hub) wait(ctx context.Context, c *call) (image.Version, error) {
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case <-c.done:
		if c.err != nil {
			return image.Version{}, c.err
		}
		return c.version, nil
	case <-ctx.Done():
		return image.Version{}, failure.New(failure.Unavailable, ctx.Err())
	case <-h.ctx.Done():
		return image.Version{}, errEnding
	case <-limit.C:
		return image.Version{}, failure.Publicf(failure.Unavailable, "converting %s takes long and goes on: ask again later", c.request.ref)
	}
}
