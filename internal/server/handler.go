package server

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"

	"lxdocker/internal/ratelimit"
)

// Handler answers all requests. What it works with may be changed while it does.
type Handler struct {
	now      atomic.Pointer[generation]
	places   chan struct{}     // of event streams of all generations together
	compares *comparer         // of all generations, too
	logins   ratelimit.Limiter // that were wrong, of all generations

	changing sync.Mutex // held by Change
}

// generation is a handler that works with the same options as long as it is there.
type generation struct {
	entrance
	replaced chan struct{} // closed when another one has taken its place
}

// New returns the handler of all requests.
func New(o Options) *Handler {
	h := &Handler{places: make(chan struct{}, maxStreams), compares: newComparer(o.Store)}
	h.now.Store(h.generation(o))
	return h
}

// ServeHTTP answers a request, all of it by the options that count when it comes.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.now.Load().ServeHTTP(w, r) }

// Trusts says whether the word of an address counts for who asks.
func (h *Handler) Trusts(a netip.Addr) bool { return h.now.Load().proxies.Contain(a) }

// Change makes other options count, for requests that come from now on. It returns when they do.
func (h *Handler) Change(o Options) {
	h.changing.Lock()
	defer h.changing.Unlock()
	next := h.generation(o)
	Ask(context.Background(), next) // so that the next client need not wait until the catalog is made
	close(h.now.Swap(next).replaced)
}

func (h *Handler) generation(o Options) *generation {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	g := &generation{replaced: make(chan struct{})}
	streams := events{places: h.places, ending: o.Ending, replaced: g.replaced}
	var inside http.Handler
	if o.Views != nil {
		inside = &divided{views: o.Views, make: func(v View) *routes { return newRoutes(o, v, streams, h.compares) }}
	} else {
		inside = newRoutes(o, View{o.Hub, o.OnDemand, o.Offers, o.Activity, o.Try}, streams, h.compares)
	}
	o.Access.Log, o.Access.Refuse = o.Log, refuse
	logged := func(next http.Handler) http.Handler {
		return &accessLog{log: o.Log, observer: o.Observer, next: &writeDeadlines{next: next}}
	}
	g.entrance = entrance{
		proxies: o.Proxies, prefix: o.Prefix, inside: logged(o.Access.Guard(inside, &h.logins)), own: logged(inside),
		refuses: func(next http.HandlerFunc) http.Handler { return logged(next) },
	}
	return g
}
