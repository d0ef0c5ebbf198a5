package hub

import (
	"cmp"
	"context"
	"errors"
	"sync/atomic"
	"time"

	"lxdocker/internal/background"
	"lxdocker/internal/failure"
	"lxdocker/internal/image"
	"lxdocker/internal/ratelimit"
)

// call is one conversion that somebody waits for.
type call struct {
	request request
	again   bool        // the image is there, and this is about a newer one
	client  string      // who asked first; "" if no client did
	number  int         // of calls that began before
	working atomic.Bool // it has a place
	ctx     context.Context
	cancel  context.CancelCauseFunc
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

// join returns the call for a request, and begins it if there is none. An image is in the
// store before its call is over: if there is no call, look there once more.
func (h *Hub) join(r request, client string) (*call, error) {
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
	limits := h.Rules().Limits
	if own, share := h.callsOf(client), max(1, limits.Waiting/shareOfWaiting); own >= share {
		return nil, failure.Publicf(failure.Unavailable, "%d images that %s has asked for are being converted or wait for that: ask again later", own, client)
	}
	if len(h.calls) >= limits.Waiting && !h.makeRoom(client) {
		return nil, failure.Publicf(failure.Unavailable, "%d images are being converted or wait for that: ask again later", len(h.calls))
	}
	if wait := h.clients.Take(client, ratelimit.Rate{Most: limits.PerClient, In: time.Hour}, now); wait > 0 {
		return nil, failure.After(failure.RateLimited, wait, failure.Publicf(failure.RateLimited,
			"%s has asked for %d new images within an hour: ask again in %s", client, limits.PerClient, wait.Round(time.Second)))
	}
	return h.begin(r, false, client), nil
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

// errMadeRoom is said to those who wait for a call that makes room for somebody else's.
var errMadeRoom = failure.Publicf(failure.Unavailable, "so many images wait for conversion that the newest one of the client with the most was dropped: ask again later")

// makeRoom ends the newest call that waits of the client that has most of them, if a
// client that has fewer wants to wait: so nobody is locked out by few who ask for much.
// The caller has mu.
func (h *Hub) makeRoom(client string) bool {
	count := map[string]int{}
	for _, c := range h.calls {
		if !c.again {
			count[c.client]++
		}
	}
	var loser *call
	for _, c := range h.calls {
		switch {
		case c.again || c.working.Load() || count[c.client] <= count[client]+1:
		case loser == nil, cmp.Or(cmp.Compare(count[c.client], count[loser.client]), cmp.Compare(c.number, loser.number)) > 0:
			loser = c
		}
	}
	if loser == nil {
		return false
	}
	delete(h.calls, loser.request)
	h.journal.forget(loser.request)
	loser.cancel(errMadeRoom)
	return true
}

// begin starts a call. The caller has mu.
func (h *Hub) begin(r request, again bool, client string) *call {
	h.begun++
	c := &call{request: r, again: again, client: client, number: h.begun, done: make(chan struct{})}
	c.ctx, c.cancel = context.WithCancelCause(h.ctx)
	h.calls[r] = c
	h.journal.add(r, h.Now())
	h.working.Go(func() { h.run(c) })
	return c
}

// run does the work. No client's context counts here: others may wait, too. The journal has
// it on file first, so that a crash does not lose it.
func (h *Hub) run(c *call) {
	began := h.Now()
	log := h.Log.With("ref", c.request.String(), "architecture", c.request.arch)
	defer c.cancel(nil)
	h.keep(h.journal.flush())
	version, err := h.convert(c)
	if err == nil {
		log.Info("converted an image on demand", "version", version.Serial, "after", h.Now().Sub(began).Round(time.Millisecond))
		h.untidy()
	} else {
		log.Warn("cannot convert an image on demand", "error", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	c.version, c.err = version, err
	defer close(c.done)
	if h.calls[c.request] != c { // it has made room, and somebody may have asked again
		return
	}
	if err != nil && !c.again && h.ctx.Err() == nil { // else the next start takes it up again
		if h.allowed(c.request) { // else it is the rules that have changed, and may do so again
			h.failed.note(c.request, err, h.Now())
		}
		h.journal.forget(c.request)
	}
	delete(h.calls, c.request)
}

// convert converts, and begins again when somebody else has needed the place.
func (h *Hub) convert(c *call) (image.Version, error) {
	places := h.first
	if c.again {
		places = h.newer
	}
	for n := 1; ; n++ {
		v, moved, err := h.convertAt(places, c)
		if !moved {
			return v, err
		}
		if n == maxMoves {
			return v, errNothingCame
		}
		h.Log.Info("a conversion makes room for one of somebody who has asked for less, and begins again", "ref", c.request.String(), "architecture", c.request.arch)
		if places == h.first {
			places = h.long
		}
	}
}

// nicer is by how many steps of nice(2) what takes long leaves others more of the processors.
const nicer = 8

// What is short is not nice at all: for as long as young, of clients that have had places for
// less than light lately, or that are quick. Others most likely ask for what takes long again.
const (
	young = time.Second / 2
	light = time.Second
)

// convertAt converts when it is its turn at some places. moved says that the place was
// needed by somebody else before that was done.
func (h *Hub) convertAt(places *turns, c *call) (v image.Version, moved bool, err error) {
	turn, err := places.take(c.ctx, c.client, func() {
		h.Log.Info("an image waits for its conversion: there are as many as may be", "ref", c.request.String(), "architecture", c.request.arch)
	})
	if err != nil {
		return v, false, err
	}
	defer turn.give()
	if !h.allowed(c.request) { // by now
		return v, false, refused(c.request.ref)
	}
	defer h.unclaim(c.request.product())
	c.working.Store(true)
	defer c.working.Store(false) // it may wait for another one
	ctx := background.Watched(turn.ctx, turn)
	switch places {
	case h.first:
		if h.use.of(c.client, h.Now()) < light || h.use.quick(c.client) {
			ctx = background.Young(ctx, nicer, young)
		}
	case h.long:
		ctx = background.With(ctx, nicer)
	}
	v, err = h.Converter.Convert(ctx, c.request.ref, c.request.arch, false)
	turn.give() // others need not wait for what is left to do
	return v, err != nil && errors.Is(context.Cause(turn.ctx), errMoved), err
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
		return image.Version{}, failure.Publicf(failure.Unavailable, "converting %s takes long and goes on: ask again later", c.request)
	}
}
