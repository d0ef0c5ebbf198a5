package hub

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"lxdocker/internal/failure"
	"lxdocker/internal/image"
	"lxdocker/internal/oci"
	"lxdocker/internal/ratelimit"
	"lxdocker/internal/store"
)

// Converter brings images up to date in the store. The kind of its errors, and how
// long to wait, is what package failure says of them.
type Converter interface {
	// Convert returns the current version, converted just now if the reference means
	// something new. In the background nobody waits for it, and rate limits of registries
	// are respected.
	Convert(ctx context.Context, ref oci.Reference, arch string, background bool) (image.Version, error)
	// Moved asks what a reference means now, and says whether Convert would convert it:
	// it fetches no layers.
	Moved(ctx context.Context, ref oci.Reference, arch string) (bool, error)
	// Drop takes an image out of what the store offers.
	Drop(ctx context.Context, v image.Version) error
	// Remove removes a version at once, whoever may be about to download it.
	Remove(ctx context.Context, id image.ID) error
	// Tidy does what is left to do after images were converted or dropped, and is
	// not worth doing after each of them.
	Tidy() error
	// RateLimited returns until when the registry of a reference limits requests.
	RateLimited(ref oci.Reference) time.Time
}

// Options are what a hub works with. Snapshot, Converter, Log and Now must be set.
type Options struct {
	Rules     // at first: see Change
	Converter Converter
	Snapshot  func(context.Context) (*store.Snapshot, error) // of the store
	Journal   string                                         // file
	FreeSpace func() int64                                   // of the store's disk, in bytes, for the log; nil: nobody knows
	Log       *slog.Logger
	Now       func() time.Time
}

// patience is how long a client is kept waiting: clients give up after an hour
// (LXD and Incus: client/util.go, ResponseHeaderTimeout).
const patience = 50 * time.Minute

// Hub is what the package is about. Its methods may be called by many at once.
type Hub struct {
	Options
	ctx     context.Context // of all work: it outlives the requests that it began for
	working sync.WaitGroup
	first   *turns // of images that were not there: as many places as Limits say
	long    *turns // of those that were moved from there: see longPlaces
	newer   *turns // of newer versions: a place of their own
	use     *use   // of the places of first and long
	room    room
	rules   atomic.Pointer[Rules]
	askers  askers
	clients ratelimit.Limiter // of new images
	started time.Time
	changed chan struct{} // there is something to tidy
	now     chan struct{} // all tags are to be looked at
	ruled   chan struct{} // the rules have changed

	mu          sync.Mutex // guards what follows
	calls       map[request]*call
	begun       int // calls
	failed      recentFailures
	journal     *journal              // has locks of its own
	next        map[request]time.Time // when to look at a tag again
	skewedSince map[request]time.Time // since when is it known that the journal is ahead of the clock
	looks       map[request]*look     // that clients caused lately
	looking     int                   // of them under way
	checked     map[request]time.Time // when a registry said last what a tag means
	oldest      time.Time             // of those, when round looked; zero: there is none
}

// request is one image that somebody asked for.
type request struct {
	ref  oci.Reference // of a digest without a tag
	arch string        // in LXD's words
	text string        // what a file has that this program would not write; else ""
}

// reading is the request of which a file of the hub or a version says what it is of. Older
// programs wrote some references otherwise.
func reading(text, arch string) request {
	ref, err := oci.Parse(text)
	if ref = ref.OnlyDigest(); err != nil || ref.String() != text {
		return request{text: text, arch: arch}
	}
	return request{ref: ref, arch: arch}
}

func requestFor(v image.Version) request { return reading(v.Source, v.Architecture) }

// String is the reference in full.
func (r request) String() string { return cmp.Or(r.text, r.ref.String()) }

// product is what the image of a request is published as.
func (r request) product() image.Product { return image.OnDemand(r.String(), r.arch) }

// fixed says whether there is no tag to look at again.
func (r request) fixed() bool { return r.text != "" || r.ref.Fixed() }

// New returns the hub that works until ctx ends; Run has to be called.
func New(ctx context.Context, o Options) *Hub {
	rules := o.complete()
	o.Rules = Rules{} // only those count that Change may have changed
	all := newUse()
	h := &Hub{
		Options:     o,
		ctx:         ctx,
		use:         all,
		first:       newTurns(rules.Limits.Conversions, true, all, o.Now),
		long:        newTurns(longPlaces(rules.Limits.Conversions), false, all, o.Now),
		newer:       newTurns(1, false, newUse(), o.Now),
		changed:     make(chan struct{}, 1),
		now:         make(chan struct{}, 1),
		ruled:       make(chan struct{}, 1),
		calls:       map[request]*call{},
		failed:      recentFailures{},
		journal:     readJournal(o.Journal, o.Log),
		next:        map[request]time.Time{},
		skewedSince: map[request]time.Time{},
		looks:       map[request]*look{},
		checked:     map[request]time.Time{},
		started:     o.Now(),
	}
	h.rules.Store(rules)
	h.readClients()
	return h
}

// want reads what a client calls an image. Of a reference with a digest the tag does
// not count, so that it is one image whatever tag somebody writes before it.
func (h *Hub) want(name string) (oci.Reference, error) {
	ref, err := oci.Parse(name)
	if err != nil {
		return ref, failure.New(failure.NotFound, err)
	}
	if !h.Rules().Policy.Allows(ref) {
		return ref, refused(ref)
	}
	return ref.OnlyDigest(), nil
}

// allowed says whether a request that was made at another time could be made now: the
// policy may have become narrower.
func (h *Hub) allowed(r request) bool { return r.text == "" && h.Rules().Policy.Allows(r.ref) }

// Offers says whether clients may have a version: those of specs, and those that could
// be asked for now.
func (h *Hub) Offers(v image.Version) bool {
	if !v.Hub {
		return true
	}
	return h.allowed(requestFor(v))
}

// Product is what the image is published as that a name means, for an architecture in
// LXD's words; false if no pattern allows it.
func (h *Hub) Product(name, arch string) (image.Product, bool) {
	ref, err := h.want(name)
	return image.OnDemand(ref.String(), arch), err == nil
}

// Meaning is the reference in full that a name means. The error says why it cannot be asked for.
func (h *Hub) Meaning(name string) (string, error) {
	ref, err := h.want(name)
	if err != nil {
		return "", err
	}
	return ref.String(), nil
}

// Image returns the current version of the image that a name means, for an architecture in
// LXD's words: immediately if there is one, else after converting it. It returns when ctx
// ends, while the conversion goes on. client is the address that asks. Package failure says
// what an error means to the client.
func (h *Hub) Image(ctx context.Context, name, arch, client string) (image.Version, error) {
	ref, err := h.want(name)
	if err != nil {
		return image.Version{}, err
	}
	r := request{ref: ref, arch: arch}
	v, ok, err := h.known(r)
	if err != nil {
		return image.Version{}, err
	}
	if ok {
		return h.fresh(ctx, r, v, true), nil
	}
	h.askers.note(r, client, h.Now())
	c, err := h.join(r, client)
	if err != nil {
		return image.Version{}, err
	}
	v, err = h.wait(ctx, c)
	if err == nil && !h.allowed(r) { // by now
		return image.Version{}, refused(ref)
	}
	return v, err
}

// Asked notes that a client asked for an image that was there.
func (h *Hub) Asked(v image.Version) {
	h.journal.note(requestFor(v), h.Now())
}

// known returns the version that the store has for a request.
func (h *Hub) known(r request) (image.Version, bool, error) {
	now, err := h.snapshot()
	if err != nil {
		return image.Version{}, false, err
	}
	v, ok := now.Current(r.product())
	return v, ok && v.Hub, nil
}

// current returns the versions of the hub that clients get.
func (h *Hub) current() (map[request]image.Version, error) {
	now, err := h.snapshot()
	if err != nil {
		return nil, err
	}
	all := map[request]image.Version{}
	for _, p := range now.Products() {
		if v, ok := now.Current(p); ok && v.Hub {
			all[requestFor(v)] = v
		}
	}
	return all, nil
}

func (h *Hub) snapshot() (*store.Snapshot, error) {
	now, err := h.Snapshot(h.ctx)
	if h.ctx.Err() != nil {
		return nil, errEnding
	}
	if err != nil {
		h.unreadable(err)
		return nil, failure.New(failure.Unavailable, err)
	}
	return now, nil
}
