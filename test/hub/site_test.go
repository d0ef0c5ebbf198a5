//go:build e2e

package hub

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lxdocker/test/testbed"
)

// site is a machine with an imgserver that converts on demand.
type site struct {
	*testbed.Server
	t             *testing.T
	images, cache string
	address       string
	args          []string
}

// proxy stands between imgserver and the testbed's registry, counts, and fails or
// waits when a test wants it to.
type proxy struct {
	host   string
	server *http.Server

	mu    sync.Mutex
	asked map[string]int        // "GET /v2/library/nginx/manifests/latest"
	hold  func(r *http.Request) // called before a request goes on
}

func newProxy(t *testing.T) *proxy {
	t.Helper()
	host, err := testbed.UnusedAddress()
	if err != nil {
		t.Fatal(err)
	}
	to := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: bed.Registry})
	p := &proxy{host: host, asked: map[string]int{}}
	p.server = &http.Server{Addr: host, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.asked[r.Method+" "+r.URL.Path]++
		hold := p.hold
		p.mu.Unlock()
		if hold != nil {
			hold(r)
		}
		to.ServeHTTP(w, r)
	})}
	ended := make(chan error, 1)
	go func() { ended <- p.server.ListenAndServe() }()
	t.Cleanup(func() { p.server.Close(); <-ended })
	return p
}

func (p *proxy) set(hold func(*http.Request)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hold = hold
}

// counts returns how often each blob was asked for.
func (p *proxy) counts(part string) map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	some := map[string]int{}
	for what, n := range p.asked {
		if strings.Contains(what, part) {
			some[what] = n
		}
	}
	return some
}

// newSite starts an imgserver that takes a registry for Docker Hub.
func newSite(t *testing.T, registry string, args ...string) *site {
	t.Helper()
	dir := t.TempDir()
	address, err := testbed.UnusedAddress()
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, images: filepath.Join(dir, "images"), cache: filepath.Join(dir, "cache"), address: address}
	s.args = append([]string{"--lxdimages", s.images, "--cache", s.cache, "--mirror", "docker.io=" + registry,
		"--on-demand", "library/*", "--on-demand", "e2e/**", "--debug"}, args...)
	s.start()
	return s
}

func (s *site) start() {
	s.t.Helper()
	server, err := testbed.Serve(filepath.Join(programs, "imgserver"), s.address, s.args...)
	if err != nil {
		s.t.Fatal(err)
	}
	s.Server = server
	s.t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			s.t.Error(err)
		}
		if s.t.Failed() {
			s.t.Logf("imgserver said:\n%s", server.Output())
		}
	})
}

// client is a daemon as one of its users sees it who has added the hub.
func (s *site) client(t *testing.T, d testbed.Daemon) testbed.Daemon {
	t.Helper()
	d = d.WithConfig(t.TempDir())
	if err := d.AddPublic(t.Context(), "hub", s.URL); err != nil {
		t.Fatal(err)
	}
	return d
}

// answer is what the image API says.
type answer struct {
	status   int
	Error    string          `json:"error"`
	Metadata json.RawMessage `json:"metadata"`
	header   http.Header
}

// ask is one request as a client of a family sends it.
func (s *site) ask(ctx context.Context, path, agent string) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+path, nil)
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("User-Agent", agent)
	response, err := s.Client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	a := answer{status: response.StatusCode, header: response.Header}
	if err := json.NewDecoder(response.Body).Decode(&a); err != nil {
		return a, fmt.Errorf("reading the answer to %s: %w", path, err)
	}
	return a, nil
}

// agent is how LXD introduces itself.
const agent = "LXD 5.0.2 (Linux; x86_64; 6.1.0; Debian GNU/Linux; 12) (dir 1)"

// alias asks what a name means, and returns the fingerprint.
func (s *site) alias(t *testing.T, name string) string {
	t.Helper()
	a, err := s.ask(t.Context(), "/1.0/images/aliases/"+url.PathEscape(name), agent)
	if err != nil {
		t.Fatal(err)
	}
	if a.status != http.StatusOK {
		t.Fatalf("%s: %d %s", name, a.status, a.Error)
	}
	return target(t, a)
}

func target(t *testing.T, a answer) string {
	t.Helper()
	var alias struct{ Target string }
	if err := json.Unmarshal(a.Metadata, &alias); err != nil {
		t.Fatal(err)
	}
	return alias.Target
}

// until waits for something to hold.
func until(t *testing.T, limit time.Duration, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("after %v, still not: %s", limit, what)
		}
	}
}

// tag makes a name of the registry mean what one of the testbed's images is.
func tag(t *testing.T, image, name string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "skopeo", "copy", "-q", "--src-tls-verify=false", "--dest-tls-verify=false",
		"docker://"+bed.Registry+"/library/"+image+":latest", "docker://"+bed.Registry+"/"+name).CombinedOutput()
	if err != nil {
		t.Fatalf("moving %s: %v\n%s", name, err, out)
	}
}

// shows waits until the container's web server shows a page.
func shows(t *testing.T, i *testbed.Instance, want string) {
	t.Helper()
	if _, err := i.Await(t.Context(), func(ctx context.Context, address string) error { return testbed.ExpectPage(ctx, address, "/", want) }); err != nil {
		t.Fatal(err)
	}
}

// fingerprint is that of an image that the daemon has under an alias.
func fingerprint(t *testing.T, d testbed.Daemon, alias string) string {
	t.Helper()
	out, err := d.Run(t.Context(), "image", "info", alias)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(out, "Fingerprint: ")
	sum, _, _ := strings.Cut(rest, "\n")
	return sum
}

// whole says what is wrong with the files of the store.
func (s *site) whole(t *testing.T) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), filepath.Join(programs, "lxdocker"), "verify", "--lxdimages", s.images).CombinedOutput()
	if err != nil {
		t.Errorf("the store is damaged: %v\n%s", err, out)
	}
}

// leftovers are what is not published, or no more.
func (s *site) leftovers(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(s.images, ".tmp"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
