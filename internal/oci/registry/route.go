package registry

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"lxdocker/internal/oci"
)

// errPolicy marks requests that this client refuses to send.
var errPolicy = errors.New("refused")

// insecure lists the hosts for which plain http, or https with any certificate, is
// accepted: "HOST" for all its ports, or "HOST:PORT".
type insecure []string

func newInsecure(hosts []string) (insecure, error) {
	var in insecure
	for _, h := range hosts {
		if h == "" || strings.ContainsAny(h, "/ @") {
			return nil, fmt.Errorf("insecure registry %q: write HOST or HOST:PORT", h)
		}
		if address, err := netip.ParseAddr(h); err == nil && address.Is6() {
			h = "[" + h + "]"
		}
		host, err := oci.CanonicalHost(h)
		if err != nil {
			return nil, fmt.Errorf("insecure registry %q: %w: write HOST or HOST:PORT", h, err)
		}
		if host == oci.DockerHub {
			host = "index." + oci.DockerHub
		}
		if _, port, _ := net.SplitHostPort(h); port != "" && hostOf(host) == strings.Trim(host, "[]") {
			host += ":443" // the one port that is not written elsewhere
		}
		in = append(in, host)
	}
	return in, nil
}

func (in insecure) named(authority string) bool {
	host, err := oci.CanonicalHost(authority)
	if err != nil {
		host = strings.ToLower(authority)
	}
	if host == oci.DockerHub {
		host = "index." + oci.DockerHub
	}
	for _, h := range in {
		_, _, err := net.SplitHostPort(h)
		if h == host || h == host+":443" || err != nil && hostOf(h) == hostOf(host) {
			return true
		}
	}
	return false
}

// allows reports whether a request may go to a host without a trusted certificate: a host
// that was named, or this machine if the registry is on it, too. Hosts that any other
// registry refers to have no privileges.
func (in insecure) allows(req *http.Request) bool {
	return in.named(req.URL.Host) || loopback(req.URL.Host) && loopback(registryOf(req))
}

// schemes returns the schemes to try with a registry, the likeliest first.
func (in insecure) schemes(authority string) []string {
	switch {
	case in.named(authority):
		return []string{"https", "http"}
	case loopback(authority):
		return []string{"http", "https"}
	}
	return []string{"https"}
}

// redirect is http.Client.CheckRedirect.
func (in insecure) redirect(req *http.Request, via []*http.Request) error {
	if len(via) >= 10 {
		return fmt.Errorf("%w: more than 10 redirects", errPolicy)
	}
	return in.check(req)
}

func (in insecure) check(req *http.Request) error {
	switch scheme, host := req.URL.Scheme, req.URL.Host; {
	case scheme == "https", scheme == "http" && in.allows(req):
		return nil
	case scheme == "http":
		return fmt.Errorf("%w: plain http to %s (allowed by --insecure-registry %s)", errPolicy, host, host)
	default:
		return fmt.Errorf("%w: scheme %q", errPolicy, scheme)
	}
}

// route is the transport closest to the network: it blocks plain text requests that
// are not allowed, decides whether and with what certificates are verified, and sets
// User-Agent.
type route struct {
	verified     http.RoundTripper
	unverified   http.RoundTripper
	insecure     insecure
	userAgent    string
	certificates *certificates // nil if inner is not ours to change
	guard        *guard        // nil: a person has named the image
	asked        func(registry string, status int, left int64)
}

// newRoute uses inner for everything, or its own transports if inner is nil. Folders may
// have certificates of registries.
func newRoute(inner http.RoundTripper, in insecure, userAgent string, folders []string) *route {
	r := &route{verified: inner, unverified: inner, insecure: in, userAgent: userAgent}
	base, changeable := inner.(*http.Transport)
	if inner == nil {
		verified := http.DefaultTransport.(*http.Transport).Clone()
		verified.MaxIdleConnsPerHost = 16
		verified.IdleConnTimeout = 30 * time.Second
		// Otherwise retries would reuse a connection that died silently.
		verified.HTTP2 = &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 10 * time.Second}
		unverified := verified.Clone()
		unverified.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
		r.verified, r.unverified = verified, unverified
		base, changeable = verified, true
	}
	if changeable {
		r.certificates = &certificates{folders: folders, base: base, made: map[string]transports{}}
	}
	return r
}

// guarded returns the route for what strangers name, with connections of its own: none
// that somebody else was allowed to make is used again.
func (r *route) guarded(g *guard) *route {
	own := *r
	own.guard = g
	verified, ok := r.verified.(*http.Transport)
	unverified, also := r.unverified.(*http.Transport)
	if ok && also {
		base := g.over(verified)
		own.verified, own.unverified = base, g.over(unverified)
		if r.certificates != nil {
			own.certificates = &certificates{folders: r.certificates.folders, base: base, made: map[string]transports{}}
		}
	}
	return &own
}

func (r *route) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := r.insecure.check(req); err != nil {
		return nil, err
	}
	if r.guard != nil {
		if err := r.guard.check(req.URL.Host); err != nil {
			return nil, err
		}
	}
	if r.userAgent != "" {
		req.Header.Set("User-Agent", r.userAgent)
	}
	verified, unverified := r.verified, r.unverified
	if r.certificates != nil && req.URL.Scheme == "https" {
		own, err := r.certificates.of(registryOf(req))
		if err != nil {
			return nil, err
		}
		if own.verified != nil {
			verified, unverified = own.verified, own.unverified
		}
	}
	chosen := verified
	if r.insecure.allows(req) {
		chosen = unverified
	}
	resp, err := chosen.RoundTrip(req)
	if r.asked != nil {
		status, left := 0, int64(-1)
		if err == nil {
			status = resp.StatusCode
			left, _ = quota(resp.Header.Get("RateLimit-Remaining"))
		}
		r.asked(registryOf(req), status, left)
	}
	return resp, err
}

// hostOf returns the host of a registry or URL authority without its port.
func hostOf(authority string) string {
	if host, _, err := net.SplitHostPort(authority); err == nil {
		return host
	}
	return strings.Trim(authority, "[]")
}

// loopback reports whether an authority is this machine: localhost,
// 127.0.0.0/8 or ::1. Only names and addresses that need no DNS count.
func loopback(authority string) bool {
	host := hostOf(authority)
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}
