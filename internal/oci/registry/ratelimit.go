package registry

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"lxdocker/internal/oci"
)

// reserve is the share of a registry's quota, one part in so many, that is left
// to those who wait for an answer.
const reserve = 10

// RateLimitedUntil returns until when the registry of a reference should get no
// questions that nobody waits for: it asked for that by Retry-After, or there is
// little left of what it lets us pull. The zero time means that it may.
func (c *Client) RateLimitedUntil(ref oci.Reference) time.Time {
	r, err := newRepository(c, ref)
	if err != nil {
		return time.Time{}
	}
	order, err := c.mirrors.order(r.repo)
	if err != nil {
		return time.Time{}
	}
	return c.limits.limitedUntil(order[0].RegistryStr())
}

// rateLimits remembers what registries said about their quota, by host.
type rateLimits struct {
	inner http.RoundTripper
	now   func() time.Time

	mu    sync.Mutex
	until map[string]time.Time
}

func (r *rateLimits) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.inner.RoundTrip(req)
	if err == nil {
		r.note(req.URL.Host, resp)
	}
	return resp, err
}

func (r *rateLimits) note(host string, resp *http.Response) {
	now := r.now()
	wait := quotaWait(resp.Header)
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable {
		wait = max(wait, retryAfter(resp.Header, now))
	}
	if wait <= 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if until := now.Add(wait); until.After(r.until[host]) {
		r.until[host] = until
	}
}

func (r *rateLimits) limitedUntil(host string) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	until := r.until[host]
	if !until.After(r.now()) {
		delete(r.until, host)
		return time.Time{}
	}
	return until
}

// quotaWait reads how much may be pulled in a window, and how much of that is
// left: "RateLimit-Limit: 100;w=21600" and "RateLimit-Remaining: 7;w=21600", with
// seconds, as Docker Hub says it (docs.docker.com, "Docker Hub pull usage and
// limits"). When hardly anything is left, a tenth of the window is waited for;
// when nothing is, a quarter, since what was pulled first is forgiven first.
func quotaWait(h http.Header) time.Duration {
	limit, window := quota(h.Get("RateLimit-Limit"))
	left, own := quota(h.Get("RateLimit-Remaining"))
	window = max(window, own)
	switch {
	case limit <= 0 || left < 0 || left*reserve >= limit:
		return 0
	case left == 0:
		return window / 4
	}
	return window / 10
}

func quota(s string) (n int64, window time.Duration) {
	number, parameters, _ := strings.Cut(s, ";")
	n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 32)
	if err != nil {
		return -1, 0
	}
	if w, ok := strings.CutPrefix(strings.TrimSpace(parameters), "w="); ok {
		if seconds, err := strconv.ParseUint(w, 10, 31); err == nil {
			window = time.Duration(seconds) * time.Second
		}
	}
	return n, window
}
