package daemon

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	// A daemon that begins no answer for so long has died or hangs. Long work is done in
	// operations, but for storing what was uploaded.
	patience = 10 * time.Minute
	// toConnect is how long a connection may take: a remote that is away is said to be.
	toConnect = 20 * time.Second
	// largest is how much JSON one answer may be: a fleet of thousands of instances.
	largest = 256 << 20
)

// Client speaks to one daemon, in one project. It is safe for concurrent use.
type Client struct {
	Address Address
	Server  Server

	// Progress is told how far a long operation is, in the daemon's words; nil: nobody is.
	Progress func(text string)

	http   *http.Client
	dial   func(ctx context.Context) (net.Conn, error) // for connections that are no longer HTTP
	base   string                                      // scheme and host
	target string
}

// Connect opens the daemon at an address, and asks who it is. Close is not needed.
func Connect(ctx context.Context, a Address) (*Client, error) {
	c, err := open(a)
	if err != nil {
		return nil, err
	}
	if c.Server, err = c.server(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// open prepares a client, and asks nothing.
func open(a Address) (*Client, error) {
	c := &Client{Address: a, base: "http://daemon"}
	transport := &http.Transport{ResponseHeaderTimeout: patience, TLSHandshakeTimeout: toConnect, MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute}
	c.http = &http.Client{Transport: transport}
	if a.Socket != "" {
		c.dial = func(ctx context.Context) (net.Conn, error) { return new(net.Dialer).DialContext(ctx, "unix", a.Socket) }
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) { return c.dial(ctx) }
		return c, nil
	}
	u, err := url.Parse(a.URL)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("connecting to %s: its address %q is not https://HOST:PORT", a.Name, a.URL)
	}
	secure := a.tls(u.Hostname())
	transport.TLSClientConfig = secure
	transport.Proxy = http.ProxyFromEnvironment
	c.base = "https://" + u.Host
	transport.DialContext = (&net.Dialer{Timeout: toConnect}).DialContext
	c.dial = func(ctx context.Context) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, toConnect)
		defer cancel()
		return (&tls.Dialer{Config: secure}).DialContext(ctx, "tcp", withPort(u))
	}
	return c, nil
}

func withPort(u *url.URL) string {
	if u.Port() == "" {
		return net.JoinHostPort(u.Hostname(), "443")
	}
	return u.Host
}

// On returns the same client, making new instances and volumes on one member of a cluster.
func (c *Client) On(target string) *Client {
	on := *c
	on.target = target
	return &on
}

// Name is how people call the daemon.
func (c *Client) Name() string { return c.Address.Name }

// envelope is what every answer in JSON is in.
type envelope struct {
	Type      string          `json:"type"`
	Operation string          `json:"operation"`
	ErrorCode int             `json:"error_code"`
	Error     string          `json:"error"`
	Metadata  json.RawMessage `json:"metadata"`
}

// ask sends a request with a JSON body, or none for nil, and reads the metadata of the
// answer into a value, or drops it for nil. The ETag is that of the answer.
func (c *Client) ask(ctx context.Context, method, path string, query url.Values, body, into any) (etag string, err error) {
	return c.askIf(ctx, method, path, query, "", body, into)
}

// askIf is ask, if the object has not changed since it had an ETag.
func (c *Client) askIf(ctx context.Context, method, path string, query url.Values, match string, body, into any) (etag string, err error) {
	header := http.Header{}
	if match != "" {
		header.Set("If-Match", match)
	}
	e, answered, err := c.exchange(ctx, method, path, query, header, body)
	if err != nil {
		return "", err
	}
	if into != nil {
		if err := json.Unmarshal(e.Metadata, into); err != nil {
			return "", c.garbled(method, path, err)
		}
	}
	return answered.Get("ETag"), nil
}

// run sends a request that begins an operation, and waits for its end.
func (c *Client) run(ctx context.Context, method, path string, query url.Values, body any) error {
	e, _, err := c.exchange(ctx, method, path, query, nil, body)
	if err != nil {
		return err
	}
	return c.wait(ctx, e, nil)
}

// exchange sends a request with a JSON body and reads the answer.
func (c *Client) exchange(ctx context.Context, method, path string, query url.Values, header http.Header, body any) (envelope, http.Header, error) {
	var content io.Reader
	if header == nil {
		header = http.Header{}
	}
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return envelope{}, nil, fmt.Errorf("asking %s: %w", c.Name(), err)
		}
		content = bytes.NewReader(data)
		header.Set("Content-Type", "application/json")
	}
	response, err := c.send(ctx, method, path, query, header, content)
	if err != nil {
		return envelope{}, nil, err
	}
	defer response.Body.Close()
	e, err := c.read(response, method, path)
	return e, response.Header, err
}

// read reads an answer in JSON. What the daemon calls an error is one.
func (c *Client) read(response *http.Response, method, path string) (e envelope, err error) {
	data, err := io.ReadAll(io.LimitReader(response.Body, largest))
	if err != nil {
		return e, &awayError{fmt.Errorf("reading the answer of %s: %w", c.Name(), err)}
	}
	if err := json.Unmarshal(data, &e); err != nil {
		return e, c.garbled(method, path, fmt.Errorf("status %s: %w", response.Status, err))
	}
	if e.Type == "error" || e.Error != "" || response.StatusCode >= 400 {
		status := e.ErrorCode
		if status == 0 {
			status = response.StatusCode
		}
		return e, newError(status, e.Error)
	}
	return e, nil
}

// send sends any request. The body of the answer is to be closed.
func (c *Client) send(ctx context.Context, method, path string, query url.Values, header http.Header, body io.Reader) (*http.Response, error) {
	all := url.Values{}
	if c.Address.Project != "" {
		all.Set("project", c.Address.Project)
	}
	for key, values := range query {
		all[key] = values
	}
	address := c.base + path
	if len(all) > 0 {
		address += "?" + all.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", c.Name(), err)
	}
	for key, values := range header {
		request.Header[key] = values
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	return response, nil
}

// onTarget is the query of a request that makes something.
func (c *Client) onTarget() url.Values {
	if c.target == "" {
		return nil
	}
	return url.Values{"target": {c.target}}
}
