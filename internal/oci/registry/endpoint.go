package registry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// endpoint is how to reach a registry: what it answered to the first request,
// GET /v2/ (distribution-spec, "Determining Support").
type endpoint struct {
	host      string
	scheme    string
	status    int      // 200 or 401
	challenge []string // WWW-Authenticate
}

// discover finds out how to reach a registry.
func (c *Client) discover(ctx context.Context, host string) (endpoint, error) {
	var failures []error
	for _, scheme := range c.insecure.schemes(host) {
		e, err := c.ping(ctx, host, scheme)
		var refused *answerError
		switch {
		case err == nil:
			return e, nil
		case ctx.Err() != nil:
			return endpoint{}, err
		case errors.As(err, &refused) && !(scheme == "http" && refused.status == http.StatusBadRequest):
			return endpoint{}, err // it does speak; 400 is what TLS servers say to plain http
		}
		failures = append(failures, err)
	}
	if len(failures) == 1 {
		return endpoint{}, failures[0]
	}
	if slices.ContainsFunc(failures, isAnswer) {
		failures = slices.DeleteFunc(failures, isAnswer)
	}
	// Both schemes failed, usually for the same reason: one error is enough.
	return endpoint{}, failures[0]
}

func isAnswer(err error) bool {
	var a *answerError
	return errors.As(err, &a)
}

func (c *Client) ping(ctx context.Context, host, scheme string) (endpoint, error) {
	req, err := http.NewRequestWithContext(forRegistry(ctx, host), http.MethodGet, scheme+"://"+host+"/v2/", nil)
	if err != nil {
		return endpoint{}, fmt.Errorf("asking %s: %w", host, err)
	}
	client := http.Client{Transport: c.transport, CheckRedirect: c.insecure.redirect}
	resp, err := client.Do(req)
	if err != nil {
		return endpoint{}, requestError(ctx, host, true, err)
	}
	switch resp.StatusCode {
	case http.StatusOK, http.StatusUnauthorized:
		drain(resp)
	default:
		a := answer(host, resp, true, c.pause.now())
		if a.status == http.StatusNotFound {
			a.hint = "is that a registry? It does not know /v2/"
		}
		return endpoint{}, a
	}
	// A front end may redirect plain http to https on the same host.
	if at := resp.Request.URL; strings.EqualFold(hostOf(at.Host), hostOf(host)) {
		scheme = at.Scheme
	}
	return endpoint{host, scheme, resp.StatusCode, resp.Header.Values("WWW-Authenticate")}, nil
}

// pingedTransport sits between ggcr's authentication and the network. ggcr starts
// each session with GET /v2/, once per repository, and in plain text for private
// addresses. This transport answers that request from the known endpoint.
type pingedTransport struct {
	endpoint  endpoint
	challenge []string // of the endpoint, with realmPath in place of the realm
	realm     *url.URL // nil: there is none
	inner     http.RoundTripper
	now       func() time.Time
	stranger  bool // the one who is told what went wrong
}

func (c *Client) pinged(e endpoint) *pingedTransport {
	challenge, realm := e.hideRealm()
	return &pingedTransport{endpoint: e, challenge: challenge, realm: realm, inner: c.transport, now: c.pause.now, stranger: c.forStrangers}
}

func (p *pingedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	ours := req.URL.Host == p.endpoint.host
	if ours && req.URL.Path == "/v2/" && req.Method == http.MethodGet {
		known := req.Clone(req.Context())
		known.URL.Scheme = p.endpoint.scheme // ggcr takes the scheme from here
		return &http.Response{
			Status:     http.StatusText(p.endpoint.status),
			StatusCode: p.endpoint.status,
			Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header:  http.Header{"Www-Authenticate": p.challenge},
			Body:    http.NoBody,
			Request: known,
		}, nil
	}
	token := ours && req.URL.Path == realmPath && p.realm != nil
	if token {
		req = toRealm(req, p.realm)
	}
	resp, err := p.inner.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	// ggcr would lose its Retry-After and most of its error text.
	if token && req.Method == http.MethodGet && resp.StatusCode >= 400 {
		a := answer(req.URL.Host, resp, req.Header.Get("Authorization") == "", p.now())
		if p.stranger && hostOf(req.URL.Host) != hostOf(p.endpoint.host) {
			a.words = "" // the registry has only named that host
		}
		return nil, a
	}
	return resp, nil
}
