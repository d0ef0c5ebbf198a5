package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"lxdocker/internal/background"
	"lxdocker/internal/humanize"
)

// errStalled is the cause of a request that was cancelled because no data arrived.
var errStalled = errors.New("no answer")

// errSlow is the error of a download that brings less than it has to.
var errSlow = errors.New("too slow")

// stallGuard cancels a request when the server sends nothing for a while, before the
// response header or within the body, and when the body arrives too slowly: a server that
// sends single bytes occupies a place that others wait for. It does not matter how long the
// whole body takes, and how long its reader pauses.
type stallGuard struct {
	inner   http.RoundTripper
	timeout time.Duration
	rate    int64 // bytes per second that are the least; 0: any
	now     func() time.Time
}

// headerBytes is what a response header counts for: a registry that answers works.
const headerBytes = 4096

// rateOver is how much time of waiting for bytes a rate is the average of.
const rateOver = time.Minute

func (g *stallGuard) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	stalled := fmt.Errorf("%w for %v", errStalled, g.timeout)
	timer := time.AfterFunc(g.timeout, func() { cancel(stalled) })
	over := background.Wait(ctx)
	resp, err := g.inner.RoundTrip(req.WithContext(ctx))
	timer.Stop()
	if err != nil {
		over(0)
		defer cancel(nil)
		return nil, causeOf(ctx, err)
	}
	over(headerBytes)
	// net/http needs the original request here for redirects, and so does ggcr.
	resp.Request = req
	resp.Body = &stallBody{body: resp.Body, ctx: ctx, cancel: cancel, timer: timer, guard: g}
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
	body   io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	guard  *stallGuard
	waited time.Duration // since the rate was last checked
	got    int64         // bytes meanwhile
}

func (b *stallBody) Read(p []byte) (int, error) {
	b.timer.Reset(b.guard.timeout)
	began, over := b.guard.now(), background.Wait(b.ctx)
	n, err := b.body.Read(p)
	over(n)
	b.timer.Stop()
	if err != nil {
		return n, causeOf(b.ctx, err)
	}
	return n, b.checkRate(int64(n), b.guard.now().Sub(began))
}

// checkRate is an error if too little came in a minute of waiting.
func (b *stallBody) checkRate(n int64, waited time.Duration) error {
	b.got += n
	if b.waited += waited; b.guard.rate <= 0 || b.waited < rateOver {
		return nil
	}
	perSecond := b.got * int64(time.Second) / int64(b.waited)
	b.got, b.waited = 0, 0
	if perSecond < b.guard.rate {
		return fmt.Errorf("%w: %d bytes per second over a minute, where --min-rate asks for %s", errSlow, perSecond, humanize.Limit(b.guard.rate))
	}
	return nil
}

func (b *stallBody) Close() error {
	b.timer.Stop()
	err := b.body.Close()
	b.cancel(nil)
	return err
}
