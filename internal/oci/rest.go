package oci

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// reserve is the share of a registry's quota, one part in so many, that is left
// to those who wait for an answer.
const reserve = 10

// Rest returns until when the registry of a reference is better left alone by
// questions nobody waits for: it asked for that by Retry-After, or there is
// little left of what it lets us pull. The zero time means that it is not.
func (c *Client) Rest(ref Reference) time.Time {
	if ref.Repository() == "" {
		return time.Time{}
	}
	repo, err := c.mirrors.of(ref.repository)
	if err != nil {
		return time.Time{}
	}
	return c.rests.until(repo.RegistryStr())
}

// rests remembers what registries said about their quota, by host.
type rests struct {
	inner http.RoundTripper
	now   func() time.Time

	mu   sync.Mutex
	till map[string]time.Time
}

func (r *rests) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.inner.RoundTrip(req)
	if err == nil {
		r.note(req.URL.Host, resp)
	}
	return resp, err
}

func (r *rests) note(host string, resp *http.Response) {
	now := r.now()
	wait := quotaRest(resp.Header)
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable {
		wait = max(wait, retryAfter(resp.Header, now))
	}
	if wait <= 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if till := now.Add(wait); till.After(r.till[host]) {
		r.till[host] = till
	}
}

func (r *rests) until(host string) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	till := r.till[host]
	if !till.After(r.now()) {
		delete(r.till, host)
		return time.Time{}
	}
	return till
}

// quotaRest reads how much may be pulled in a window, and how much of that is
// left: "RateLimit-Limit: 100;w=21600" and "RateLimit-Remaining: 7;w=21600", with
// seconds, as Docker Hub says it (docs.docker.com, "Docker Hub pull usage and
// limits"). When hardly anything is left, a tenth of the window is waited for;
// when nothing is, a quarter, since what was pulled first is forgiven first.
func quotaRest(h http.Header) time.Duration {
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
