package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// errStalled is the cause of a request that was cancelled because no data arrived.
var errStalled = errors.New("no answer")

// stallGuard cancels a request when the server sends nothing for a while, before
// the response header or within the body. How long the whole body takes, and how
// long its reader pauses, does not matter.
type stallGuard struct {
	inner   http.RoundTripper
	timeout time.Duration
}

func (g *stallGuard) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	stalled := fmt.Errorf("%w for %v", errStalled, g.timeout)
	timer := time.AfterFunc(g.timeout, func() { cancel(stalled) })
	resp, err := g.inner.RoundTrip(req.WithContext(ctx))
	timer.Stop()
	if err != nil {
		defer cancel(nil)
		return nil, causeOf(ctx, err)
	}
	// net/http needs the original request here for redirects, and so does ggcr.
	resp.Request = req
	resp.Body = &stallBody{body: resp.Body, ctx: ctx, cancel: cancel, timer: timer, timeout: g.timeout}
	return resp, nil
}

// causeOf replaces an error by the reason why the context of the request ended.
func causeOf(ctx context.Context, err error) error {
	if err != io.EOF && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

type stallBody struct {
	body    io.ReadCloser
	ctx     context.Context
	cancel  context.CancelCauseFunc
	timer   *time.Timer
	timeout time.Duration
}

func (b *stallBody) Read(p []byte) (int, error) {
	b.timer.Reset(b.timeout)
	n, err := b.body.Read(p)
	b.timer.Stop()
	if err != nil {
		err = causeOf(b.ctx, err)
	}
	return n, err
}

func (b *stallBody) Close() error {
	b.timer.Stop()
	err := b.body.Close()
	b.cancel(nil)
	return err
}
