package registry

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"lxdocker/internal/oci/ocitest"
)

// roundTripper is a network made of one function.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// tlsServer serves h with a certificate that nobody trusts.
func tlsServer(t *testing.T, h http.Handler) *httptest.Server {
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are the point
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func TestUnreachableRegistriesAreExplained(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	plain := newServer(t)
	tls := tlsServer(t, plain)
	elsewhere := func(addr string) http.RoundTripper { // every name is at addr
		tr := http.DefaultTransport.(*http.Transport).Clone()
		tr.Proxy = nil
		tr.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, strings.TrimPrefix(strings.TrimPrefix(addr, "http://"), "https://"))
		}
		return tr
	}
	failing := func(err error) http.RoundTripper {
		return roundTripper(func(*http.Request) (*http.Response, error) { return nil, err })
	}
	for name, c := range map[string]struct {
		ref       string
		transport http.RoundTripper
		says      []string
		waits     int
	}{
		"no such host": {
			"ghcr.oi/o/n", failing(&net.OpError{Op: "dial", Err: &net.DNSError{Name: "ghcr.oi", Err: "no such host", IsNotFound: true}}),
			[]string{"ghcr.oi", "no such host", "check the spelling of the registry's name"}, 0,
		},
		"name server is silent": {
			"ghcr.io/o/n", failing(&net.OpError{Op: "dial", Err: &net.DNSError{Name: "ghcr.io", Err: "i/o timeout", IsTimeout: true, IsTemporary: true}}),
			[]string{"the name server gives no answer"}, maxAttempts - 1,
		},
		"connection refused": {
			closed.Listener.Addr().String() + "/x", nil,
			[]string{"connection refused", "nothing listens there"}, 0,
		},
		"plain http where https is expected": {
			"registry.lan:5000/x", elsewhere(plain.URL),
			[]string{"HTTP response to HTTPS client", "use --insecure-registry registry.lan:5000"}, 0,
		},
		"a certificate nobody knows": {
			"registry.lan/x", elsewhere(tls.URL),
			[]string{"certificate", "SSL_CERT_FILE", "--insecure-registry registry.lan"}, 0,
		},
		"resets": {
			"ghcr.io/o/n", failing(&net.OpError{Op: "read", Err: syscall.ECONNRESET}),
			[]string{"connection reset by peer"}, maxAttempts - 1,
		},
		"a broken proxy": {
			"ghcr.io/o/n", failing(&net.OpError{Op: "proxyconnect", Err: syscall.ECONNREFUSED}),
			[]string{"HTTPS_PROXY"}, 0,
		},
		"silence": {
			"ghcr.io/o/n", roundTripper(func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				return nil, r.Context().Err()
			}),
			[]string{"no answer for 10ms"}, maxAttempts - 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			client := newTestClient(t, func(o *testOptions) {
				if o.Transport = c.transport; name == "silence" {
					o.StallTimeout = 10 * time.Millisecond
				}
			})
			_, err := client.Resolve(t.Context(), ocitest.Parse(t, c.ref), ocitest.AMD64)
			ocitest.MustSay(t, err, c.says...)
			// Loopback is tried in both ways, and each way may be retried.
			if n := len(client.sleeps()); n != c.waits {
				t.Errorf("waited %d times, want %d", n, c.waits)
			}
			t.Log(err)
		})
	}
}

func TestInsecureRegistries(t *testing.T) {
	plain := newServer(t)
	plain.push(t, "x", "latest", ocitest.Recipe{}.Bake(t))
	secure := tlsServer(t, plain)
	_, port, _ := net.SplitHostPort(secure.Listener.Addr().String())
	_, plainPort, _ := net.SplitHostPort(plain.Listener.Addr().String())

	resolve := func(t *testing.T, host string, insecure ...string) error {
		client := newTestClient(t, func(o *testOptions) { o.Insecure = insecure })
		r := client.guard().inner.(*route)
		for _, rt := range []http.RoundTripper{r.verified, r.unverified} {
			tr := rt.(*http.Transport)
			tr.Proxy = nil
			tr.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
				_, port, _ := net.SplitHostPort(addr)
				return (&net.Dialer{}).DialContext(ctx, network, "127.0.0.1:"+port)
			}
		}
		_, err := client.Resolve(t.Context(), ocitest.Parse(t, host+"/x"), ocitest.AMD64)
		return err
	}
	for name, c := range map[string]struct {
		host     string
		insecure []string
		ok       bool
	}{
		"loopback over plain http":              {"127.0.0.1:" + plainPort, nil, true},
		"localhost over plain http":             {"localhost:" + plainPort, nil, true},
		"loopback with any certificate":         {"127.0.0.1:" + port, nil, true},
		"a named host over plain http":          {"registry.lan:" + plainPort, []string{"registry.lan"}, true},
		"a named host and port over http":       {"registry.lan:" + plainPort, []string{"registry.lan:" + plainPort}, true},
		"a named host with any certificate":     {"registry.lan:" + port, []string{"other", "Registry.LAN"}, true},
		"another port than the named one":       {"registry.lan:" + plainPort, []string{"registry.lan:1"}, false},
		"a host that is not named, plain":       {"registry.lan:" + plainPort, nil, false},
		"a host that is not named, tls":         {"registry.lan:" + port, []string{"lan"}, false},
		"private addresses are nothing special": {"192.168.7.7:" + plainPort, nil, false},
		"*.localhost is nothing special":        {"evil.localhost:" + plainPort, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			plain.requests()
			err := resolve(t, c.host, c.insecure...)
			if c.ok && err != nil {
				t.Error(err)
			}
			if !c.ok {
				ocitest.MustSay(t, err, "--insecure-registry "+c.host)
				if asked := plain.requests(); len(asked) != 0 {
					t.Errorf("asked all the same: %q", asked)
				}
			}
		})
	}
	t.Run("a port is not forgotten for IPv6", func(t *testing.T) {
		in, err := newInsecure([]string{"[fd00::1]:5000", "::2"})
		if err != nil {
			t.Fatal(err)
		}
		for host, want := range map[string]bool{"[fd00::1]:5000": true, "[fd00::1]": false, "[::2]:1": true, "[::3]": false} {
			if in.named(host) != want {
				t.Errorf("%s: %v", host, !want)
			}
		}
	})
	t.Run("mistakes are reported", func(t *testing.T) {
		for _, bad := range []string{"", "http://registry.lan", "a b", "registry.lan/x"} {
			if _, err := NewClient(Options{CacheDir: t.TempDir(), Insecure: []string{bad}}); err == nil {
				t.Errorf("%q was taken", bad)
			}
		}
	})
}

func TestTheUserAgentIsSent(t *testing.T) {
	reg := newServer(t)
	reg.push(t, "x", "latest", ocitest.Recipe{}.Bake(t))
	reg.inject(func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if got := r.Header.Get("User-Agent"); got != "lxdocker/1.0" {
			t.Errorf("%s %s: User-Agent %q", r.Method, r.URL, got)
		}
		return false
	})
	reg.inject((&tokens{}).fault(reg))
	c := newTestClient(t, func(o *testOptions) { o.UserAgent = "lxdocker/1.0" })
	if _, err := c.Resolve(t.Context(), reg.ref(t, "x"), ocitest.AMD64); err != nil {
		t.Fatal(err)
	}
}

func TestDockerHubIsCalledByItsName(t *testing.T) {
	var asked []string
	c := newTestClient(t, func(o *testOptions) {
		o.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			asked = append(asked, r.URL.Scheme+"://"+r.URL.Host+r.URL.Path)
			w := httptest.NewRecorder()
			if r.URL.Path != "/v2/" {
				status(404, errorBody("MANIFEST_UNKNOWN", "manifest unknown"))(w, r, nil)
			}
			return w.Result(), nil
		})
	})
	_, err := c.Resolve(t.Context(), ocitest.Parse(t, "library/nginx:lates"), ocitest.AMD64)
	ocitest.MustSay(t, err, "docker.io answers 404", "manifest unknown", "name and tag")
	if len(asked) != 3 || asked[1] != "https://index.docker.io/v2/library/nginx/manifests/lates" {
		t.Errorf("%q", asked)
	}
	if strings.Contains(err.Error(), "index.docker.io") {
		t.Error(err)
	}
}

func TestErrorsCanBeTold(t *testing.T) {
	c := newTestClient(t, func(o *testOptions) {
		o.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
		})
	})
	_, err := c.Resolve(t.Context(), ocitest.Parse(t, "ghcr.io/x/y"), ocitest.AMD64)
	if !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("the cause is lost: %v", err)
	}
}
