package registry

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// pipe answers each request with a body that the test writes, after some time.
func pipe(delay time.Duration) (http.RoundTripper, *io.PipeWriter) {
	r, w := io.Pipe()
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		select {
		case <-time.After(delay):
		case <-req.Context().Done():
			return nil, req.Context().Err()
		}
		context.AfterFunc(req.Context(), func() { w.CloseWithError(req.Context().Err()) })
		return &http.Response{StatusCode: 200, Body: r}, nil
	}), w
}

func ask(t *testing.T, rt http.RoundTripper) (*http.Response, error) {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/", nil)
	if err != nil {
		t.Fatal(err)
	}
	return rt.RoundTrip(req)
}

// answered asks, and returns the body of the answer, which comes after some time, and what
// writes it.
func answered(t *testing.T, delay, timeout time.Duration) (io.Reader, *io.PipeWriter) {
	t.Helper()
	rt, w := pipe(delay)
	resp, err := ask(t, &stallGuard{inner: rt, timeout: timeout, now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp.Body, w
}

func TestStallsInTime(t *testing.T) {
	const timeout = 30 * time.Second
	t.Run("no header for too long", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			rt, _ := pipe(time.Hour)
			start := time.Now()
			_, err := ask(t, &stallGuard{inner: rt, timeout: timeout, now: time.Now})
			if !errors.Is(err, errStalled) || time.Since(start) != timeout {
				t.Errorf("%v after %v", err, time.Since(start))
			}
		})
	})
	t.Run("a body that falls silent", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			body, w := answered(t, timeout-time.Second, timeout)
			go w.Write([]byte("abc"))
			start := time.Now()
			b, err := io.ReadAll(body)
			if string(b) != "abc" || !errors.Is(err, errStalled) || time.Since(start) != timeout {
				t.Errorf("%q, %v after %v", b, err, time.Since(start))
			}
		})
	})
	t.Run("a slow body is none", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			body, w := answered(t, 0, timeout)
			go func() {
				for range 100 {
					time.Sleep(timeout - time.Second)
					w.Write([]byte("x"))
				}
				w.Close()
			}()
			if b, err := io.ReadAll(body); len(b) != 100 || err != nil {
				t.Errorf("%d bytes, %v", len(b), err)
			}
		})
	})
	t.Run("a slow reader is none", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			body, w := answered(t, 0, timeout)
			go func() {
				w.Write(bytes.Repeat([]byte("x"), 100))
				w.Close()
			}()
			for range 100 {
				time.Sleep(time.Hour)
				if n, err := body.Read(make([]byte, 1)); n != 1 || err != nil {
					t.Fatal(n, err)
				}
			}
		})
	})
}
