package hub

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"lxdocker/internal/image"
	"lxdocker/internal/oci"
)

// Converter brings images up to date in the store. An error that may be gone by
// itself is a *Passing.
type Converter interface {
	// Convert returns the version that clients get now, made just now if the
	// reference means something new. In the background nobody waits for it, and
	// a registry that wants to be left alone is.
	Convert(ctx context.Context, ref oci.Reference, arch string, background bool) (image.Version, error)
	// Drop takes an image out of what the store offers.
	Drop(ctx context.Context, v image.Version) error
	// Rest says until when the registry of a reference wants to be left alone.
	Rest(ref oci.Reference) time.Time
}

// Limits are what clients may make the hub do; zero means no limit, but for
// Conversions and Waiting.
type Limits struct {
	Conversions int // at once; 0: two
	Waiting     int // images that wait for their conversion, those under way included; 0: fifty
	PerClient   int // images that were not there, by one address in an hour
}

// Freshness says which tags are looked at again.
type Freshness struct {
	Every time.Duration // how often; 0: never
	Days  time.Duration // an image that nobody asked for in so long is let go of; 0: never
}

// Options are what a hub works with. Versions, Converter, Log and Now must be set.
type Options struct {
	Policy    Policy
	Limits    Limits
	Freshness Freshness
	Converter Converter
	Versions  func() ([]image.Version, error) // of the store
	Journal   string                          // file
	Log       *slog.Logger
	Now       func() time.Time
}

// patience is how long a client is kept waiting: clients give up after an hour
// (LXD and Incus: client/util.go, ResponseHeaderTimeout).
const patience = 50 * time.Minute

// Hub is what the package is about. Its methods may be called by many at once.
type Hub struct {
	Options
	ctx     context.Context
	working sync.WaitGroup
	places  *semaphore.Weighted

	mu      sync.Mutex // guards what follows
	flights map[wish]*flight
	failed  failures
	visits  visits
	journal journal
	next    map[wish]time.Time // when to look at a tag again
}

// wish is one image that somebody wants: a reference in full and an
// architecture in LXD's words.
type wish struct{ ref, arch string }

// New returns the hub that works until ctx ends; Run has to be called.
func New(ctx context.Context, o Options) (*Hub, error) {
	if o.Limits.Conversions <= 0 {
		o.Limits.Conversions = 2
	}
	if o.Limits.Waiting <= 0 {
		o.Limits.Waiting = 50
	}
	j, err := readJournal(o.Journal)
	if err != nil {
		return nil, err
	}
	return &Hub{
		Options: o,
		ctx:     ctx,
		places:  semaphore.NewWeighted(int64(o.Limits.Conversions)),
		flights: map[wish]*flight{},
		failed:  failures{},
		visits:  visits{},
		journal: j,
		next:    map[wish]time.Time{},
	}, nil
}

// Image returns the current version of the image that a name means, for an
// architecture in LXD's words: at once if there is one, else after converting
// it. When ctx ends it returns, and the work goes on. client is the address that
// asks. Errors are *Refusal.
func (h *Hub) Image(ctx context.Context, name, arch, client string) (image.Version, error) {
	ref, err := oci.Parse(name)
	if err != nil {
		return image.Version{}, refuse(notFound, err)
	}
	if !h.Policy.Allows(ref) {
		return image.Version{}, refuse(forbidden, fmt.Errorf("%s is none of the images that this server converts when they are asked for", ref))
	}
	w := wish{ref.String(), arch}
	v, ok, err := h.known(w)
	if err != nil {
		return image.Version{}, refuse(unavailable, err)
	}
	if ok {
		h.Asked(v)
		return v, nil
	}
	f, err := h.join(w, ref, client)
	if err != nil {
		return image.Version{}, err
	}
	return h.wait(ctx, f)
}

// Asked notes that a client asked for an image that was there.
func (h *Hub) Asked(v image.Version) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.journal.note(wish{v.Source, v.Architecture}, h.Now())
}

// known returns the version that the store has for a wish.
func (h *Hub) known(w wish) (image.Version, bool, error) {
	all, err := h.current()
	if err != nil {
		return image.Version{}, false, err
	}
	v, ok := all[w]
	return v, ok, nil
}

// current returns the versions of the hub that clients get.
func (h *Hub) current() (map[wish]image.Version, error) {
	versions, err := h.Versions()
	if err != nil {
		return nil, err
	}
	all := map[wish]image.Version{}
	for _, v := range versions {
		if w := (wish{v.Source, v.Architecture}); v.Hub && v.Retired == nil && v.Serial > all[w].Serial {
			all[w] = v
		}
	}
	return all, nil
}
