package acme_test

import (
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/server/acme"
	"lxdocker/internal/server/acme/acmetest"
)

// closed is a port on which nothing listens, as long as the test goes.
func closed(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.2:0") // pebble connects to 127.0.0.1
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return acmetest.Port(l.Addr())
}

func TestAFailureSaysWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		domain string
		begin  func(*testing.T, *served)
		next   string
	}{
		"nothing listens on the port":        {hub, func(t *testing.T, s *served) { s.authority.Start(closed(t)) }, "let port 443 of hub.example.org lead to imgserver itself"},
		"something else answers on the port": {hub, func(t *testing.T, s *served) { s.authority.Start(another(t)) }, "let TLS not end before"},
		"the name has no address":            {"hub.nowhere.example.org", func(_ *testing.T, s *served) { s.start() }, "let hub.nowhere.example.org have an address by which"},
		"nobody trusts the ACME server":      {hub, func(_ *testing.T, s *served) { s.options.Roots = nil; s.start() }, "--acme-ca FILE"},
		"it is no ACME server": {hub, func(t *testing.T, s *served) {
			answering(t, s, func(w http.ResponseWriter, _ *http.Request) { http.NotFound(w, nil) })
		}, "whether --acme-directory is right"},
		"the folder cannot be written": {hub, func(t *testing.T, s *served) {
			if err := os.WriteFile(s.options.Folder, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}, "let the user who runs imgserver write to"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, c.domain)
			_ = os.RemoveAll(s.options.Folder)
			c.begin(t, s)
			s.restart()
			s.pass()
			f := s.manager.Load().Names()[0].Failure
			for range 10 { // on a busy machine it may be that nothing answers in time
				if f != nil && strings.Contains(f.Next, c.next) {
					break
				}
				s.manager.Load().Forgive()
				s.pass()
				f = s.manager.Load().Names()[0].Failure
			}
			if f == nil || !strings.Contains(f.Next, c.next) || f.Error == "" {
				t.Fatalf("the failure is %+v\n%s\n%s", f, s.log.String(), s.authority.Log())
			}
			if log := s.log.String(); !strings.Contains(log, "clients that ask for this name get the server's own") || !strings.Contains(log, "name="+c.domain) {
				t.Errorf("the log is %s", log)
			}
			if !s.isOwn(s.shown(c.domain)) {
				t.Error("there is a certificate")
			}
		})
	}
}

// another is the port of a server that knows nothing of ACME.
func another(t *testing.T) int {
	t.Helper()
	s := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(s.Close)
	return acmetest.Port(s.Listener.Addr())
}

// answering has a function in the place of the ACME server.
func answering(t *testing.T, s *served, handle http.HandlerFunc) {
	t.Helper()
	server := httptest.NewTLSServer(handle)
	t.Cleanup(server.Close)
	s.options.Directory, s.options.Roots = server.URL, x509.NewCertPool()
	s.options.Roots.AddCert(server.Certificate())
}

func TestAnAuthorityIsLeftAloneAsLongAsItHasAskedFor(t *testing.T) {
	t.Parallel()
	s := serve(t, hub)
	asked := 0
	answering(t, s, func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.Header().Set("Retry-After", "7200")
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = w.Write([]byte(`{"type":"urn:ietf:params:acme:error:rateLimited","detail":"too many of these","status":429}`))
	})
	s.restart()
	s.pass()
	f := s.manager.Load().Names()[0].Failure
	if f == nil || !f.Asked || f.Again.Sub(f.Last) != 2*time.Hour || !strings.Contains(f.Error, "too many of these") || asked != 1 {
		t.Fatalf("%d requests, and the failure is %+v", asked, f)
	}
	s.restart() // which changes nothing of that
	s.pass()
	s.manager.Load().Forgive()
	s.pass()
	if asked != 1 {
		t.Errorf("it was asked %d times", asked)
	}
	s.forward(2 * time.Hour)
	s.pass()
	if asked != 2 {
		t.Errorf("it was asked %d times", asked)
	}
}

func TestWhatIsNoNameOfAHost(t *testing.T) {
	for name, want := range map[string]string{
		"hub.example.org": "", "HUB.Example.org": "", "xn--bcher-kva.example": "", "hub.lxd": "", "a-b.c1.example": "",
		"192.0.2.1": "it is an address", "2001:db8::1": "it is an address", "[2001:db8::1]": "it is an address",
		"*.example.org": "name each one", "hub": "it has no domain", "bücher.example": "write it as DNS has it",
		"hub.example.org.": "letters, digits", "hub_1.example.org": "letters, digits", "-hub.example.org": "letters, digits",
		"hub..example.org": "letters, digits", "https://hub.example.org": "letters, digits", "hub.example.org:443": "letters, digits",
		strings.Repeat("a", 64) + ".example": "letters, digits", strings.Repeat("a.", 130) + "example": "longer than 253",
	} {
		if err := acme.CheckDomain(name); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, and not %q", name, err, want)
		}
	}
	for url, right := range map[string]bool{
		acme.LetsEncrypt: true, "https://ca.lan:9000/acme/acme/directory": true, "http://ca.lan/directory": false, "ca.lan": false, "https://": false, "https://a:b@ca.lan/": false,
	} {
		if err := acme.CheckDirectory(url); (err == nil) != right {
			t.Errorf("%s: %v", url, err)
		}
	}
}
