package registry

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"lxdocker/internal/oci"
)

// reserve is the fraction of a registry's quota (1/reserve) that is kept for
// requests that somebody waits for.
const reserve = 10

// RateLimitedUntil returns until when the registry of a reference should get no
// background requests: it sent Retry-After, or little is left of its pull quota.
// The zero time means that it may be asked now.
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

// rateLimits remembers, by host, until when registries limit requests.
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

// quotaWait reads a pull quota: "RateLimit-Limit: 100;w=21600" is 100 pulls in a
// window of 21,600 seconds, "RateLimit-Remaining: 7;w=21600" what is left of it
// (docs.docker.com, "Docker Hub pull usage and limits"). When less than 1/reserve is
// left, the wait is a tenth of the window; when nothing is, a quarter, since the
// window slides.
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
