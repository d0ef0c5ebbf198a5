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
)

// pause decides how long and how often to try again. It is a field everywhere
// so that tests need not wait.
type pause struct {
	now   func() time.Time
	sleep func(ctx context.Context, d time.Duration) error
}

// The limits of patience.
const (
	maxAttempts   = 4                // of one request
	firstPause    = time.Second / 2  // doubled each time
	maxPause      = 30 * time.Second // of our own
	maxRetryAfter = time.Minute      // that a registry may ask for
)

// sleep waits, but not for what ends the work.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

// backoff returns the pause after the nth failure (from 0): doubling, with a
// fifth of chance, so that many clients do not come back at once.
func backoff(n int) time.Duration {
	d := min(firstPause<<min(n, 10), maxPause)
	return d - d/10 + rand.N(d/5)
}

// retrier sends requests again that failed for a reason that passes: resets,
// timeouts, 429 and 5xx. What still fails then is returned as it came.
//
// It sits below the authentication, so that it also covers the requests for
// tokens.
type retrier struct {
	inner    http.RoundTripper
	pause    pause
	log      *slog.Logger
	attempts func(host string) int // of one request
}

func (r *retrier) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	for n := 0; ; n++ {
		resp, err := r.inner.RoundTrip(req)
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

// again says whether the nth attempt (from 0) is to be followed by another one,
// and after which time.
func (r *retrier) again(req *http.Request, resp *http.Response, err error, n int) (time.Duration, bool) {
	if n+1 >= r.attempts(req.URL.Host) || req.Method != http.MethodGet && req.Method != http.MethodHead {
		return 0, false
	}
	if err != nil {
		return backoff(n), transient(err)
	}
	// A refused HEAD is followed by a GET, which is told more.
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

// dropped reports whether a connection ended before its time.
func dropped(err error) bool {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return true
	}
	// net/http has no values for these.
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

// drain reads the rest of a short body, so that its connection can be used
// again, and closes it.
func drain(resp *http.Response) []byte {
	defer resp.Body.Close()
	b, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	return b
}
