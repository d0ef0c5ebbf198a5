package registry

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/registry"

	"lxdocker/internal/mediatype"
	"lxdocker/internal/oci"
	"lxdocker/internal/oci/ocitest"
)

// fault may answer a request in place of the registry; it returns false to let
// the registry do it.
type fault func(w http.ResponseWriter, r *http.Request, registry http.Handler) bool

// server is a real registry in this process that can be made to misbehave, and
// notes what it is asked.
type server struct {
	*httptest.Server
	registry http.Handler

	mu     sync.Mutex
	faults []fault
	asked  []string
}

func newServer(t testing.TB) *server {
	t.Helper()
	reg := &server{registry: registry.New(registry.Logger(log.New(io.Discard, "", 0)))}
	reg.Server = httptest.NewServer(reg)
	t.Cleanup(reg.Close)
	return reg
}

func (reg *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	reg.mu.Lock()
	reg.asked = append(reg.asked, r.Method+" "+r.URL.Path)
	faults := slices.Clone(reg.faults)
	reg.mu.Unlock()
	for _, f := range faults {
		if f(w, r, reg.registry) {
			return
		}
	}
	reg.registry.ServeHTTP(w, r)
}

// inject adds a fault.
func (reg *server) inject(f fault) {
	reg.mu.Lock()
	defer reg.mu.Unlock()
	reg.faults = append(reg.faults, f)
}

// heal removes all faults.
func (reg *server) heal() {
	reg.mu.Lock()
	defer reg.mu.Unlock()
	reg.faults = nil
}

// requests returns what was asked since the last call, but for GET /v2/.
func (reg *server) requests() []string {
	reg.mu.Lock()
	defer reg.mu.Unlock()
	asked := slices.DeleteFunc(reg.asked, func(s string) bool { return s == "GET /v2/" })
	reg.asked = nil
	return asked
}

func (reg *server) host() string {
	return strings.TrimPrefix(strings.TrimPrefix(reg.URL, "http://"), "https://")
}

// ref parses a reference to something in it.
func (reg *server) ref(t testing.TB, name string) oci.Reference {
	return ocitest.Parse(t, reg.host()+"/"+name)
}

// putBlob stores a blob and returns its descriptor.
func (reg *server) putBlob(t testing.TB, repo, mediaType string, b []byte) oci.Descriptor {
	t.Helper()
	d := oci.Descriptor{MediaType: mediaType, Digest: oci.DigestOf(b), Size: int64(len(b))}
	r := httptest.NewRequest(http.MethodPost, "/v2/"+repo+"/blobs/uploads/?digest="+d.Digest, bytes.NewReader(b))
	reg.direct(t, r)
	return d
}

// putManifest stores a manifest or index under its digest and, if not empty, a
// tag.
func (reg *server) putManifest(t testing.TB, repo, tag, mediaType string, b []byte) oci.Descriptor {
	t.Helper()
	d := oci.Descriptor{MediaType: mediaType, Digest: oci.DigestOf(b), Size: int64(len(b))}
	if tag == "" {
		tag = d.Digest
	}
	r := httptest.NewRequest(http.MethodPut, "/v2/"+repo+"/manifests/"+tag, bytes.NewReader(b))
	// The registry checks the parts of what it knows to be an index; some
	// tests want parts that are not there.
	r.Header.Set("Content-Type", strings.Replace(mediaType, "index", "unchecked", 1))
	reg.direct(t, r)
	return d
}

func (reg *server) direct(t testing.TB, r *http.Request) {
	t.Helper()
	w := httptest.NewRecorder()
	reg.registry.ServeHTTP(w, r)
	if w.Code >= 300 {
		t.Fatalf("%s %s: %d %s", r.Method, r.URL, w.Code, w.Body)
	}
}

// push stores a baked image and returns the descriptor of its manifest.
func (reg *server) push(t testing.TB, repo, tag string, b ocitest.Baked) oci.Descriptor {
	t.Helper()
	reg.putBlob(t, repo, mediatype.OCIConfig, b.Config)
	for _, blob := range b.Layers {
		reg.putBlob(t, repo, mediatype.TarGzip, blob)
	}
	return reg.putManifest(t, repo, tag, mediatype.OCIManifest, b.Manifest)
}

// testClient is a client that neither waits nor knows the logins of whoever
// runs the tests.
type testClient struct {
	*Client
	stall time.Duration // during downloads; 0 for the default
	mu    sync.Mutex
	slept []time.Duration
}

// testOptions are Options, and what only tests choose.
type testOptions struct {
	Options
	Transport    http.RoundTripper
	StallTimeout time.Duration
}

func newTestClient(t testing.TB, change ...func(*testOptions)) *testClient {
	t.Helper()
	o := testOptions{Options: Options{CacheDir: t.TempDir(), StrangersHosts: []string{"127.0.0.1"}}, StallTimeout: defaultStall}
	for _, f := range change {
		f(&o)
	}
	c, err := newClient(o.Options, o.Transport, o.StallTimeout)
	if err != nil {
		t.Fatal(err)
	}
	tc := &testClient{Client: c}
	c.keychains = nil
	c.pause.sleep = func(ctx context.Context, d time.Duration) error {
		tc.mu.Lock()
		defer tc.mu.Unlock()
		tc.slept = append(tc.slept, d)
		return ctx.Err()
	}
	c.transport.(*retrier).pause = c.pause
	t.Cleanup(func() {
		r := tc.guard().inner.(*route)
		for _, rt := range []http.RoundTripper{r.verified, r.unverified} {
			if h, ok := rt.(*http.Transport); ok {
				h.CloseIdleConnections()
			}
		}
	})
	return tc
}

func (c *testClient) guard() *stallGuard {
	return c.transport.(*retrier).inner.(*rateLimits).inner.(*stallGuard)
}

func (c *testClient) sleeps() []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.slept)
}

// login is a keychain with one login for everything.
type login authn.AuthConfig

func (l login) Resolve(authn.Resource) (authn.Authenticator, error) {
	return authn.FromConfig(authn.AuthConfig(l)), nil
}

// times limits a fault to the first n requests that it handles.
func times(n int32, f fault) fault {
	var left atomic.Int32
	left.Store(n)
	return func(w http.ResponseWriter, r *http.Request, h http.Handler) bool {
		if left.Add(-1) < 0 || !f(w, r, h) { // f may panic, to drop the connection
			left.Add(1)
			return false
		}
		return true
	}
}

// at limits a fault to requests like "GET /blobs/".
func at(method, part string, f fault) fault {
	return func(w http.ResponseWriter, r *http.Request, h http.Handler) bool {
		return (method == "" || r.Method == method) && strings.Contains(r.URL.Path, part) && f(w, r, h)
	}
}

func status(code int, body string, headers ...string) fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
		io.WriteString(w, body)
		return true
	}
}

// cutAfter answers as the registry does, and drops the connection after n
// bytes of the body.
func cutAfter(n int) fault {
	return func(w http.ResponseWriter, r *http.Request, h http.Handler) bool {
		h.ServeHTTP(&cutter{w, n, func() { panic(http.ErrAbortHandler) }}, r)
		return true
	}
}

// stallAfter falls silent after n bytes, until the client goes away.
func stallAfter(n int) fault {
	return func(w http.ResponseWriter, r *http.Request, h http.Handler) bool {
		h.ServeHTTP(&cutter{w, n, func() {
			<-r.Context().Done()
			panic(http.ErrAbortHandler)
		}}, r)
		return true
	}
}

// trickle answers as the registry does, but slowly.
func trickle(w http.ResponseWriter, r *http.Request, h http.Handler) bool {
	h.ServeHTTP(&slowWriter{w, r.Context()}, r)
	return true
}

type slowWriter struct {
	http.ResponseWriter
	ctx context.Context
}

func (s *slowWriter) Write(p []byte) (n int, err error) {
	for part := range slices.Chunk(p, 4<<10) {
		select {
		case <-time.After(time.Millisecond):
		case <-s.ctx.Done():
			panic(http.ErrAbortHandler)
		}
		if _, err := s.ResponseWriter.Write(part); err != nil {
			return n, err
		}
		http.NewResponseController(s.ResponseWriter).Flush()
		n += len(part)
	}
	return n, nil
}

type cutter struct {
	http.ResponseWriter
	left int
	end  func()
}

func (c *cutter) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p[:min(len(p), c.left)])
	if c.left -= n; c.left == 0 && err == nil {
		http.NewResponseController(c.ResponseWriter).Flush()
		c.end()
	}
	return n, err
}

// withoutRange answers as if no part had been asked for.
func withoutRange(w http.ResponseWriter, r *http.Request, h http.Handler) bool {
	if r.Header.Get("Range") == "" {
		return false
	}
	r = r.Clone(r.Context())
	r.Header.Del("Range")
	h.ServeHTTP(w, r)
	return true
}

func errorBody(code, message string) string {
	return fmt.Sprintf(`{"errors":[{"code":%q,"message":%q}]}`, code, message)
}
