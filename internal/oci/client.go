package oci

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
)

// maxEntries bounds what is remembered of registries and repositories: a server
// is asked for names that strangers choose.
const maxEntries = 1000

// defaultStall is after which time of silence a request is given up. It is more
// than registries take to wake up cold storage, and less than people wait.
const defaultStall = 30 * time.Second

// Options are what a Client needs to know. Only CacheDir is required.
type Options struct {
	// CacheDir is the folder for manifests and configs, by digest. It is made
	// if missing.
	CacheDir string
	// Insecure is the registries that may be spoken to in plain http, or by
	// https without a trusted certificate: HOST, or HOST:PORT. Loopback needs
	// no mention.
	Insecure []string
	// Mirrors is which registry to ask in place of another: REGISTRY=HOST, or
	// REGISTRY=HOST:PORT.
	Mirrors []string
	// Log gets retries and oddities. Nil for none.
	Log *slog.Logger
	// Transport carries every request. Nil for one like http.DefaultTransport.
	Transport http.RoundTripper
	// UserAgent is what registries see; "" for go-containerregistry's.
	UserAgent string
	// StallTimeout is after which time without a byte a request is given up
	// and tried again; 0 for 30 seconds.
	StallTimeout time.Duration
}

// Check says what is wrong with the names of hosts in the options.
func (o Options) Check() error {
	if _, err := newInsecure(o.Insecure); err != nil {
		return err
	}
	_, err := newMirrors(o.Mirrors)
	return err
}

// Client resolves references. It is safe for concurrent use.
type Client struct {
	cache     cache
	insecure  insecure
	mirrors   mirrors
	log       *slog.Logger
	transport http.RoundTripper
	keychains []authn.Keychain
	pause     pause
	rests     *rests

	mu        sync.Mutex
	endpoints map[string]*lazy[endpoint] // by host
	sessions  map[string]*lazy[*session] // by repository
}

// NewClient returns a client. It sends nothing yet.
func NewClient(o Options) (*Client, error) {
	if o.CacheDir == "" {
		return nil, fmt.Errorf("opening the manifest cache: no folder given")
	}
	if err := os.MkdirAll(o.CacheDir, 0o755); err != nil {
		return nil, fmt.Errorf("opening the manifest cache: %w", err)
	}
	in, err := newInsecure(o.Insecure)
	if err != nil {
		return nil, err
	}
	m, err := newMirrors(o.Mirrors)
	if err != nil {
		return nil, err
	}
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	stall := o.StallTimeout
	if stall <= 0 {
		stall = defaultStall
	}
	p := pause{now: time.Now, sleep: sleep}
	guard := &stallGuard{inner: newRoute(o.Transport, in, o.UserAgent), timeout: stall}
	rests := &rests{inner: guard, now: p.now, till: map[string]time.Time{}}
	return &Client{
		cache:     cache{dir: o.CacheDir, log: log},
		insecure:  in,
		mirrors:   m,
		log:       log,
		transport: &retrier{inner: rests, pause: p, log: log},
		keychains: newKeychains(os.Getenv),
		pause:     p,
		rests:     rests,
		endpoints: map[string]*lazy[endpoint]{},
		sessions:  map[string]*lazy[*session]{},
	}, nil
}

// Resolve finds the image that a reference names, for one platform. For a
// registry that is one HEAD request if the tag still names what is in CacheDir,
// and none at all if the reference has a digest that is.
func (c *Client) Resolve(ctx context.Context, ref Reference, p Platform) (*Image, error) {
	img, err := c.resolve(ctx, ref, p)
	if err != nil {
		return nil, fmt.Errorf("resolving %s: %w", ref, err)
	}
	return img, nil
}

func (c *Client) resolve(ctx context.Context, ref Reference, p Platform) (*Image, error) {
	switch {
	case ref == (Reference{}):
		return nil, fmt.Errorf("no reference given")
	case ref.kind == kindLayout:
		return c.resolveLayout(ctx, ref, p)
	case ref.kind == kindOCIArchive, ref.kind == kindDockerArchive:
		return c.resolveArchive(ctx, ref, p)
	}
	return c.resolveRegistry(ctx, ref, p)
}

func (c *Client) endpointLazy(host string) *lazy[endpoint] {
	return entryOf(&c.mu, c.endpoints, host)
}

func (c *Client) sessionLazy(repository string) *lazy[*session] {
	return entryOf(&c.mu, c.sessions, repository)
}

func entryOf[T any](mu *sync.Mutex, m map[string]*lazy[T], key string) *lazy[T] {
	mu.Lock()
	defer mu.Unlock()
	l, ok := m[key]
	if !ok {
		if len(m) >= maxEntries {
			clear(m) // who uses one keeps it
		}
		l = newLazy[T]()
		m[key] = l
	}
	return l
}
