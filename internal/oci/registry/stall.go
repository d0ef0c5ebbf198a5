package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// errStalled is the cause of a request that was given up because nothing came.
var errStalled = errors.New("no answer")

// stallGuard gives a request up when the other side stays silent for a while:
// before the header of the answer, or within its body. However long a body
// takes in all, and however long its reader pauses, does not matter.
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
	// net/http leaves the last request here for redirects; ggcr looks at it, too.
	resp.Request = req
	resp.Body = &stallBody{body: resp.Body, ctx: ctx, cancel: cancel, timer: timer, timeout: g.timeout}
	return resp, nil
}

// causeOf returns why the context of a request ended, if that is why it failed.
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
