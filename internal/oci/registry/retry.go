package registry

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"lxdocker/internal/background"
)

// pause is the clock that retries go by. Tests replace it, so that they need not
// wait.
type pause struct {
	now   func() time.Time
	sleep func(ctx context.Context, d time.Duration) error
}

// The limits of retries.
const (
	maxAttempts   = 4                // of one request
	firstPause    = time.Second / 2  // doubled each time
	maxPause      = 30 * time.Second // of our own
	maxRetryAfter = time.Minute      // that a registry may ask for
)

// sleep waits for d, or until the context ends.
func sleep(ctx context.Context, d time.Duration) error {
	over := background.Wait(ctx)
	defer over(0)
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

// backoff returns the delay after the nth failure (from 0). It doubles each time,
// with 10 % of jitter either way, so that many clients do not return at once.
func backoff(n int) time.Duration {
	d := min(firstPause<<min(n, 10), maxPause)
	return d - d/10 + rand.N(d/5)
}

// retrier repeats requests that failed for a transient reason: resets, timeouts,
// 429 and 5xx. It returns the last failure unchanged.
//
// It sits below the authentication, so that it covers requests for tokens, too.
type retrier struct {
	inner    http.RoundTripper
	pause    pause
	log      *slog.Logger
	attempts func(host string) int // of one request
}

func (r *retrier) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	for n := 0; ; n++ {
		began := r.pause.now()
		resp, err := r.inner.RoundTrip(req)
		r.asked(req, resp, r.pause.now().Sub(began))
		wait, again := r.again(req, resp, err, n)
		if !again || ctx.Err() != nil {
			return resp, err
		}
		attrs := []any{"host", req.URL.Host, "in", wait.Round(time.Millisecond)}
		if err != nil {
			attrs = append(attrs, "error", err)
		} else {
			attrs = append(attrs, "status", resp.StatusCode)
			drain(resp)
		}
		r.log.InfoContext(ctx, "asking the registry again", attrs...)
		if err := r.pause.sleep(ctx, wait); err != nil {
			return nil, err
		}
	}
}

// asked logs a request that was answered. Only what a registry has at known paths is
// named: where it redirects to, paths may grant access.
func (r *retrier) asked(req *http.Request, resp *http.Response, took time.Duration) {
	if resp == nil {
		return
	}
	attrs := []any{"host", req.URL.Host, "method", req.Method, "status", resp.StatusCode, "after", took.Round(time.Millisecond)}
	if strings.HasPrefix(req.URL.Path, "/v2/") {
		attrs = append(attrs, "path", req.URL.Path)
	}
	r.log.DebugContext(req.Context(), "asked", attrs...)
}

// again reports whether the nth attempt (from 0) should be followed by another one,
// and after which delay.
func (r *retrier) again(req *http.Request, resp *http.Response, err error, n int) (time.Duration, bool) {
	if n+1 >= r.attempts(req.URL.Host) || req.Method != http.MethodGet && req.Method != http.MethodHead {
		return 0, false
	}
	if err != nil {
		return backoff(n), transient(err)
	}
	// The caller follows a failed HEAD with a GET, whose error has a body.
	if req.Method == http.MethodHead || !transientStatus(resp.StatusCode) {
		return 0, false
	}
	asked := retryAfter(resp.Header, r.pause.now())
	return max(asked, backoff(n)), asked <= maxRetryAfter
}

func transientStatus(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// dropped reports whether a connection was cut.
func dropped(err error) bool {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return true
	}
	// net/http has no error values for these.
	for _, s := range []string{
		"server closed idle connection", "http2: server sent GOAWAY", "http2: client connection lost",
		"stream error: stream ID", "connection reset by peer",
	} {
		if strings.Contains(err.Error(), s) {
			return true
		}
	}
	return false
}

// drain reads and closes a short body, so that its connection can be reused.
func drain(resp *http.Response) []byte {
	defer resp.Body.Close()
	b, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	return b
}
