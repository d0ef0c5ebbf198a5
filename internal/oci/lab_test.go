package oci

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
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
)

// fault may answer a request in place of the registry; it returns false to let
// the registry do it.
type fault func(w http.ResponseWriter, r *http.Request, registry http.Handler) bool

// lab is a real registry in this process that can be made to misbehave, and
// notes what it is asked.
type lab struct {
	*httptest.Server
	registry http.Handler

	mu     sync.Mutex
	faults []fault
	asked  []string
}

func newLab(t testing.TB) *lab {
	t.Helper()
	l := &lab{registry: registry.New(registry.Logger(log.New(io.Discard, "", 0)))}
	l.Server = httptest.NewServer(l)
	t.Cleanup(l.Close)
	return l
}

func (l *lab) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	l.asked = append(l.asked, r.Method+" "+r.URL.Path)
	faults := slices.Clone(l.faults)
	l.mu.Unlock()
	for _, f := range faults {
		if f(w, r, l.registry) {
			return
		}
	}
	l.registry.ServeHTTP(w, r)
}

// inject adds a fault.
func (l *lab) inject(f fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = append(l.faults, f)
}

// heal removes all faults.
func (l *lab) heal() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = nil
}

// requests returns what was asked since the last call, but for GET /v2/.
func (l *lab) requests() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	asked := slices.DeleteFunc(l.asked, func(s string) bool { return s == "GET /v2/" })
	l.asked = nil
	return asked
}

func (l *lab) host() string {
	return strings.TrimPrefix(strings.TrimPrefix(l.URL, "http://"), "https://")
}

// ref parses a reference to something in the lab.
func (l *lab) ref(t testing.TB, name string) Reference { return mustParse(t, l.host()+"/"+name) }

func mustParse(t testing.TB, s string) Reference {
	t.Helper()
	r, err := Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// putBlob stores a blob and returns its descriptor.
func (l *lab) putBlob(t testing.TB, repo, mediaType string, b []byte) descriptor {
	t.Helper()
	d := descriptor{MediaType: mediaType, Digest: digestOf(b), Size: int64(len(b))}
	r := httptest.NewRequest(http.MethodPost, "/v2/"+repo+"/blobs/uploads/?digest="+d.Digest, bytes.NewReader(b))
	l.direct(t, r)
	return d
}

// putManifest stores a manifest or index under its digest and, if not empty, a
// tag.
func (l *lab) putManifest(t testing.TB, repo, tag, mediaType string, b []byte) descriptor {
	t.Helper()
	d := descriptor{MediaType: mediaType, Digest: digestOf(b), Size: int64(len(b))}
	if tag == "" {
		tag = d.Digest
	}
	r := httptest.NewRequest(http.MethodPut, "/v2/"+repo+"/manifests/"+tag, bytes.NewReader(b))
	// The registry checks the parts of what it knows to be an index; some
	// tests want parts that are not there.
	r.Header.Set("Content-Type", strings.Replace(mediaType, "index", "unchecked", 1))
	l.direct(t, r)
	return d
}

func (l *lab) direct(t testing.TB, r *http.Request) {
	t.Helper()
	w := httptest.NewRecorder()
	l.registry.ServeHTTP(w, r)
	if w.Code >= 300 {
		t.Fatalf("%s %s: %d %s", r.Method, r.URL, w.Code, w.Body)
	}
}

// recipe is an image to be made. The zero value makes a small one for amd64.
type recipe struct {
	platform Platform
	os       string // "linux" if empty
	layers   [][]byte
	config   map[string]any // over the usual one
	manifest map[string]any // over the usual one
	docker   bool           // schema2 instead of OCI
}

// baked is what a recipe makes.
type baked struct {
	manifest, config []byte
	layers           [][]byte // blobs
	diffIDs          []string
}

func (r recipe) bake(t testing.TB) baked {
	t.Helper()
	if r.platform == (Platform{}) {
		r.platform = Platform{Architecture: "amd64"}
	}
	if r.os == "" {
		r.os = "linux"
	}
	if r.layers == nil {
		r.layers = [][]byte{tarOf(t, "etc/hello", []byte("hello\n"))}
	}
	manifestType, configType, layerType := mediatype.OCIManifest, mediatype.OCIConfig, mediatype.TarGzip
	if r.docker {
		manifestType, configType, layerType = mediatype.DockerManifest, mediatype.DockerConfig, "application/vnd.docker.image.rootfs.diff.tar.gzip"
	}
	var b baked
	var layers []any
	b.diffIDs = []string{}
	for _, plain := range r.layers {
		blob := gzipped(t, plain)
		b.layers = append(b.layers, blob)
		b.diffIDs = append(b.diffIDs, digestOf(plain))
		layers = append(layers, map[string]any{"mediaType": layerType, "digest": digestOf(blob), "size": len(blob)})
	}
	config := map[string]any{
		"architecture": r.platform.Architecture,
		"os":           r.os,
		"created":      "2026-11-23T10:15:00Z",
		"config":       map[string]any{"Cmd": []string{"/hello"}, "Env": []string{"PATH=/bin"}},
		"rootfs":       map[string]any{"type": "layers", "diff_ids": b.diffIDs},
	}
	if r.platform.Variant != "" {
		config["variant"] = r.platform.Variant
	}
	b.config = jsonOf(t, merged(config, r.config))
	manifest := map[string]any{
		"schemaVersion": 2,
		"mediaType":     manifestType,
		"config":        map[string]any{"mediaType": configType, "digest": digestOf(b.config), "size": len(b.config)},
		"layers":        layers,
	}
	b.manifest = jsonOf(t, merged(manifest, r.manifest))
	return b
}

// push stores a baked image and returns the descriptor of its manifest.
func (l *lab) push(t testing.TB, repo, tag string, b baked) descriptor {
	t.Helper()
	l.putBlob(t, repo, mediatype.OCIConfig, b.config)
	for _, blob := range b.layers {
		l.putBlob(t, repo, mediatype.TarGzip, blob)
	}
	return l.putManifest(t, repo, tag, mediatype.OCIManifest, b.manifest)
}

// entry is a descriptor in an index, with a platform unless p is zero.
func entry(d descriptor, p Platform, more map[string]any) map[string]any {
	e := map[string]any{"mediaType": d.MediaType, "digest": d.Digest, "size": d.Size}
	if p != (Platform{}) {
		pl := map[string]any{"architecture": p.Architecture, "os": "linux"}
		if p.Variant != "" {
			pl["variant"] = p.Variant
		}
		e["platform"] = pl
	}
	return merged(e, more)
}

func indexOf(t testing.TB, entries ...map[string]any) []byte {
	t.Helper()
	if entries == nil {
		entries = []map[string]any{}
	}
	return jsonOf(t, map[string]any{"schemaVersion": 2, "mediaType": mediatype.OCIIndex, "manifests": entries})
}

// merged returns base with the values of over; nil removes a key.
func merged(base, over map[string]any) map[string]any {
	for k, v := range over {
		if base[k] = v; v == nil {
			delete(base, k)
		}
	}
	return base
}

func jsonOf(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func tarOf(t testing.TB, namesAndContents ...any) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for i := 0; i < len(namesAndContents); i += 2 {
		content := namesAndContents[i+1].([]byte)
		h := &tar.Header{Name: namesAndContents[i].(string), Mode: 0o644, Size: int64(len(content)), Typeflag: tar.TypeReg}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		w.Write(content)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func gzipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	w, _ := gzip.NewWriterLevel(&buf, gzip.BestSpeed)
	w.Write(b)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// noise is n bytes that do not compress, always the same for one seed.
func noise(n int, seed uint64) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	r.Read(b)
	return b
}

// testClient is a client that neither waits nor knows the logins of whoever
// runs the tests.
type testClient struct {
	*Client
	stall time.Duration // during downloads; 0 for the default
	mu    sync.Mutex
	slept []time.Duration
}

func newTestClient(t testing.TB, change ...func(*Options)) *testClient {
	t.Helper()
	o := Options{CacheDir: t.TempDir()}
	for _, f := range change {
		f(&o)
	}
	c, err := NewClient(o)
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
	return c.transport.(*retrier).inner.(*rests).inner.(*stallGuard)
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

var amd64 = Platform{Architecture: "amd64"}

// mustContain fails unless err's text holds all of parts.
func mustContain(t testing.TB, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("error does not say %q:\n  %v", p, err)
		}
	}
}

func readLayer(t testing.TB, img *Image, l Layer) ([]byte, error) {
	t.Helper()
	r, err := img.Open(t.Context(), l)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
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
		return r.Method == method && strings.Contains(r.URL.Path, part) && f(w, r, h)
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
