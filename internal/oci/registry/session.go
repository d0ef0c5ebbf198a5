package registry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"lxdocker/internal/failure"
)

// session is an authenticated connection to one repository.
type session struct {
	endpoint  endpoint
	repo      name.Repository
	opened    time.Time
	base      string // https://registry/v2/name
	anonymous bool
	warning   error // why credentials could not be read
	client    *http.Client
}

// session returns the session of a repository and opens it on the first call.
func (c *Client) session(ctx context.Context, repo name.Repository) (*session, error) {
	host := repo.RegistryStr()
	return c.sessions.of(repo.Name()).get(ctx, func() (*session, error) {
		e, err := c.endpoints.of(host).get(ctx, func() (endpoint, error) { return c.discover(ctx, host) })
		if err != nil {
			return nil, err
		}
		return c.open(ctx, repo, e)
	})
}

func (c *Client) open(ctx context.Context, repo name.Repository, e endpoint) (*session, error) {
	auth, warning := c.credentials(ctx, repo)
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	s := &session{
		endpoint:  e,
		repo:      repo,
		opened:    c.pause.now(),
		base:      e.scheme + "://" + e.host + "/v2/" + repo.RepositoryStr(),
		anonymous: auth == authn.Anonymous,
		warning:   warning,
	}
	rt, err := transport.NewWithContext(forRegistry(ctx, e.host), repo.Registry, auth, c.pinged(e), []string{repo.Scope(transport.PullScope)})
	if err != nil {
		return nil, s.explain(requestError(ctx, e.host, s.anonymous, err))
	}
	s.client = &http.Client{Transport: rt, CheckRedirect: c.insecure.redirect}
	return s, nil
}

// do sends one request and returns the response, whatever its status. The path
// begins with a slash and is relative to the repository.
func (s *session) do(ctx context.Context, method, path string, header http.Header) (*http.Response, error) {
	req, err := http.NewRequestWithContext(forRegistry(ctx, s.endpoint.host), method, s.base+path, nil)
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", s.endpoint.host, err)
	}
	if header != nil {
		req.Header = header.Clone()
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, s.explain(requestError(ctx, s.endpoint.host, s.anonymous, err))
	}
	return resp, nil
}

// freshness is how long the credentials of a session are taken to be current.
const freshness = time.Minute

// request sends a request to the mirror of a repository, if it has one, and then to
// the registry itself if that may help. While a mirror is known to be down, the
// registry comes first. It returns the response of the host that it asked last.
func (c *Client) request(ctx context.Context, repo name.Repository, method, path string, header http.Header) (*http.Response, *session, error) {
	order, err := c.mirrors.order(repo)
	if err != nil {
		return nil, nil, err
	}
	var first error
	for i, at := range order {
		resp, s, err := c.requestFrom(ctx, at, method, path, header)
		if ctx.Err() != nil || i == len(order)-1 || !othersMayHelp(resp, err) {
			if err != nil && c.mirrors.has(at.RegistryStr()) {
				err = failure.Tell(err, "a mirror of "+publicName(repo.RegistryStr())+" cannot be reached from here, or gives no answer")
			}
			if err != nil && first != nil {
				err = failure.Tell(fmt.Errorf("%w; asked before: %w", err, first), withMirror(err, first))
			}
			return resp, s, err
		}
		if first = err; err == nil {
			first = s.refusal(c, resp)
		}
		if failure.Temporary(first) {
			c.mirrors.failed(at.RegistryStr())
		}
		c.log.InfoContext(ctx, "asking another host", "after", at.RegistryStr(), "next", order[i+1].RegistryStr(), "error", first)
	}
	return nil, nil, first
}

// requestFrom sends a request through the session of a repository. If the response
// is 401, it opens a new session where that may help: when the session is old, as
// some credentials expire after hours; and when the registry serves /v2/ to
// anybody, but wants a token for this path.
func (c *Client) requestFrom(ctx context.Context, repo name.Repository, method, path string, header http.Header) (*http.Response, *session, error) {
	s, err := c.session(ctx, repo)
	if err != nil {
		return nil, nil, err
	}
	resp, err := s.do(ctx, method, path, header)
	e := s.endpoint
	switch {
	case err == nil && resp.StatusCode == http.StatusUnauthorized:
		if asked := resp.Header.Values("WWW-Authenticate"); e.status == http.StatusOK && asksForToken(asked) {
			e.status, e.challenge = http.StatusUnauthorized, asked
		} else if !c.stale(s) {
			return resp, s, nil
		}
		drain(resp)
	case isStatus(err, http.StatusUnauthorized) && c.stale(s):
	default:
		return resp, s, err
	}
	if s, err = c.open(ctx, s.repo, e); err != nil {
		return nil, nil, err
	}
	c.sessions.of(s.repo.Name()).set(s)
	resp, err = s.do(ctx, method, path, header)
	return resp, s, err
}

func (c *Client) stale(s *session) bool { return c.pause.now().Sub(s.opened) > freshness }

func asksForToken(challenge []string) bool {
	return len(challenge) > 0 && strings.HasPrefix(strings.ToLower(challenge[0]), "bearer ")
}

// refusal turns a response into an error.
func (s *session) refusal(c *Client, resp *http.Response) error {
	a := answer(s.endpoint.host, resp, s.anonymous, c.pause.now())
	a.mirror = c.mirrors.has(s.endpoint.host)
	return s.explain(a)
}

// explain adds to a 401 or 403 that the credentials could not be read.
func (s *session) explain(err error) error {
	var a *answerError
	if s.warning != nil && errors.As(err, &a) && (a.status == http.StatusUnauthorized || a.status == http.StatusForbidden) {
		a.hint = s.warning.Error()
	}
	return err
}
