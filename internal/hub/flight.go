package hub

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/oci"
)

// flight is one conversion that somebody waits for.
type flight struct {
	wish    wish
	done    chan struct{} // closed when what follows is known
	version image.Version
	err     *Refusal
}

// errEnding is said to those who wait when the server ends.
var errEnding = errors.New("the server is being stopped or restarted; ask again in a minute")

// landed returns a flight that is over: the image is there.
func landed(w wish, v image.Version) *flight {
	f := &flight{wish: w, done: make(chan struct{}), version: v}
	close(f.done)
	return f
}

// join returns the flight of a wish, and begins it if there is none. An image is
// in the store before its flight is over: whoever finds no flight has to look
// there once more.
func (h *Hub) join(w wish, ref oci.Reference, client string) (*flight, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.Now()
	if f, ok := h.flights[w]; ok {
		return f, nil
	}
	if err := h.failed.lately(w, now); err != nil {
		return nil, err
	}
	if v, ok, err := h.known(w); err != nil {
		return nil, refuse(unavailable, err)
	} else if ok {
		return landed(w, v), nil
	}
	if h.ctx.Err() != nil {
		return nil, refuse(unavailable, errEnding)
	}
	if len(h.flights) >= h.Limits.Waiting {
		return nil, refuse(unavailable, fmt.Errorf("%d images are being converted or wait for that: ask again later", len(h.flights)))
	}
	if wait := h.visits.admit(client, h.Limits.PerClient, now); wait > 0 {
		return nil, refuseFor(tooMany, wait, fmt.Errorf("%s has asked for %d new images within an hour: ask again in %s", client, h.Limits.PerClient, wait.Round(time.Second)))
	}
	return h.begin(w, ref), nil
}

// begin starts a flight. The journal has it on disk first, so that a crash does
// not lose it.
func (h *Hub) begin(w wish, ref oci.Reference) *flight {
	f := &flight{wish: w, done: make(chan struct{})}
	h.flights[w] = f
	h.journal.note(w, h.Now())
	h.save()
	h.working.Go(func() { h.fly(f, ref) })
	return f
}

// fly does the work. No client's context counts here: others may wait, too.
func (h *Hub) fly(f *flight, ref oci.Reference) {
	began := h.Now()
	version, err := h.convert(ref, f.wish.arch)
	if err == nil {
		h.Log.Info("an image was asked for", "ref", f.wish.ref, "architecture", f.wish.arch, "version", version.Serial, "after", h.Now().Sub(began).Round(time.Millisecond))
	} else {
		h.Log.Warn("an image was asked for in vain", "ref", f.wish.ref, "architecture", f.wish.arch, "error", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	f.version = version
	if err != nil {
		f.err = verdict(err)
		if h.ctx.Err() == nil { // else the next start takes it up again
			h.failed.note(f.wish, f.err, h.Now())
			h.journal.forget(f.wish)
		}
	}
	delete(h.flights, f.wish)
	close(f.done)
}

func (h *Hub) convert(ref oci.Reference, arch string) (image.Version, error) {
	if err := h.places.Acquire(h.ctx, 1); err != nil {
		return image.Version{}, err
	}
	defer h.places.Release(1)
	return h.Converter.Convert(h.ctx, ref, arch, false)
}

// wait returns what a flight comes to, unless the client or the server leaves
// before.
func (h *Hub) wait(ctx context.Context, f *flight) (image.Version, error) {
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case <-f.done:
		if f.err != nil {
			return image.Version{}, f.err
		}
		return f.version, nil
	case <-ctx.Done():
		return image.Version{}, refuse(unavailable, ctx.Err())
	case <-h.ctx.Done():
		return image.Version{}, refuse(unavailable, errEnding)
	case <-limit.C:
		return image.Version{}, refuse(unavailable, fmt.Errorf("converting %s takes long and goes on: ask again later", f.wish.ref))
	}
}
