package registry

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"

	"lxdocker/internal/oci"
)

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
	// Mirrors is which host to ask before a registry: REGISTRY=HOST, or
	// REGISTRY=HOST:PORT.
	Mirrors []string
	// StrangersLogin says that images that strangers name are fetched with the logins of
	// this machine, too.
	StrangersLogin bool
	// StrangersHosts are hosts that images of strangers may be fetched from, or through,
	// although they may be in networks of this machine: HOST, or HOST:PORT. Those of
	// Insecure and Mirrors need no mention.
	StrangersHosts []string
	// Log gets retries and oddities. Nil for none.
	Log *slog.Logger
	// MinRate is how many bytes a download has to bring each second, over a minute;
	// 0 for any number.
	MinRate int64
	// Asked is told of each request that was sent, for metrics: for which registry, the status
	// of the answer, 0 if there was none, and how many pulls it said are left, or less than 0.
	// Nil: nobody is.
	Asked func(registry string, status int, left int64)
	// UserAgent is what registries see; "" for go-containerregistry's.
	UserAgent string
}

// Check says what is wrong with the names of hosts in the options.
func (o Options) Check() error {
	if _, err := newInsecure(o.Insecure); err != nil {
		return err
	}
	_, err := parseMirrors(o.Mirrors)
	return err
}

// Client reads from registries. It is safe for concurrent use.
type Client struct {
	cache     cache
	insecure  insecure
	mirrors   *mirrors
	log       *slog.Logger
	transport http.RoundTripper
	keychains []authn.Keychain
	pause     pause
	limits    *rateLimits
	blobs     served

	strangersLogin, forStrangers bool
	exempt                       []string // hosts that Options exempt from the guard, beside:
	strangersHosts               atomic.Pointer[[]string]
	makeStrangers                sync.Once
	strangers                    *Client
	bound                        sync.Mutex
	bounded                      bool         // kept was counted
	kept                         atomic.Int64 // bytes of documents that were fetched for strangers

	endpoints onceValues[endpoint] // by host
	sessions  onceValues[*session] // by repository
}

// NewClient returns a client. It sends nothing yet.
func NewClient(o Options) (*Client, error) { return newClient(o, nil, defaultStall) }

// newClient sends its requests through inner, nil for transports of its own, and
// gives them up after so long a silence.
func newClient(o Options, inner http.RoundTripper, stall time.Duration) (*Client, error) {
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
	hosts, err := parseMirrors(o.Mirrors)
	if err != nil {
		return nil, err
	}
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	p := pause{now: time.Now, sleep: sleep}
	m := &mirrors{hosts: hosts, now: p.now, down: map[string]time.Time{}}
	way := newRoute(inner, in, o.UserAgent, certificateFolders(os.Getenv))
	way.asked = o.Asked
	guard := &stallGuard{inner: way, timeout: stall, rate: o.MinRate, now: p.now}
	limits := &rateLimits{inner: guard, now: p.now, until: map[string]time.Time{}}
	c := &Client{
		cache:     cache{dir: o.CacheDir, log: log},
		insecure:  in,
		mirrors:   m,
		log:       log,
		transport: &retrier{inner: limits, pause: p, log: log, attempts: m.attempts},
		keychains: newKeychains(os.Getenv),
		pause:     p,
		limits:    limits,
		blobs:     served{now: p.now},

		strangersLogin: o.StrangersLogin,
		exempt:         slices.Concat(in, slices.Collect(maps.Values(hosts))),
	}
	c.NameForStrangers(o.StrangersHosts)
	return c, nil
}

// NameForStrangers makes other hosts those of Options.StrangersHosts, for connections that are
// made from now on.
func (c *Client) NameForStrangers(hosts []string) {
	hosts = slices.Concat(hosts, c.exempt)
	c.strangersHosts.Store(&hosts)
}

// Resolve finds the image that a reference names, for one platform. That is one
// HEAD request if the tag still names what is in CacheDir, and none at all if the
// reference has a digest that is.
func (c *Client) Resolve(ctx context.Context, ref oci.Reference, p oci.Platform) (*oci.Image, error) {
	r, err := newRepository(c, ref)
	if err != nil {
		return nil, err
	}
	digest := ref.Digest()
	switch {
	case digest == "":
		digest, err = r.lookup(ctx, ref.TagName())
	case c.forStrangers:
		err = r.byDigest(ctx, digest)
	}
	if err != nil {
		return nil, err
	}
	return oci.Find(ctx, r, []oci.Descriptor{{Digest: digest}}, ref, p, c.log)
}
