package acme_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lxdocker/internal/server/acme"
	"lxdocker/internal/server/acme/acmetest"
	"lxdocker/internal/server/certificate"
	"lxdocker/internal/server/servertest"
)

const hub = "hub.example.org"

// served is a listener whose certificates a manager obtains. Its clock is set by tests.
type served struct {
	t         *testing.T
	authority *acmetest.Authority
	options   acme.Options
	address   net.Addr
	own       *certificate.Pair // for all other names
	log       servertest.Buffer

	manager atomic.Pointer[acme.Manager]
	now     atomic.Pointer[time.Time] // which stands still but for forward
}

func serve(t *testing.T, domains ...string) *served {
	t.Helper()
	s := &served{t: t, authority: acmetest.New(t)}
	start := time.Now().Add(time.Hour) // what pebble makes meanwhile is valid then
	s.now.Store(&start)
	files, err := certificate.SelfSigned(filepath.Join(t.TempDir(), "own"), []string{"self"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if s.own, err = certificate.Load(files, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	text, err := os.ReadFile(s.authority.File)
	if err != nil || !roots.AppendCertsFromPEM(text) {
		t.Fatal(err)
	}
	s.options = acme.Options{
		Folder: filepath.Join(t.TempDir(), "images-tls"), Domains: domains, Directory: s.authority.Directory, Roots: roots, Email: "root@example.org",
		Now: func() time.Time { return *s.now.Load() },
		Log: slog.New(slog.NewTextHandler(&s.log, nil)),
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.address = l.Addr()
	t.Cleanup(func() { _ = l.Close() })
	go s.accept(l)
	s.restart()
	return s
}

// restart takes up what the server before has kept.
func (s *served) restart() *acme.Manager {
	m := acme.New(s.options)
	s.manager.Store(m)
	return m
}

func (s *served) pass() { s.manager.Load().Pass(context.Background()) }

// obtain is pass for an authority that is there. It waits only seconds for who is verified, so
// that on a busy machine one time may not do.
func (s *served) obtain() {
	s.t.Helper()
	for range 10 {
		if s.pass(); s.manager.Load().Names()[0].Failure == nil {
			return
		}
		s.manager.Load().Forgive()
	}
	s.t.Fatalf("no certificate is obtained\n%s\n%s", s.log.String(), s.authority.Log())
}

func (s *served) accept(l net.Listener) {
	config := &tls.Config{
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			if c := s.manager.Load().Get(hello); c != nil {
				return c, nil
			}
			return s.own.Get(hello)
		},
		GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			if c := s.manager.Load().Challenge(hello); c != nil {
				return &tls.Config{Certificates: []tls.Certificate{*c}, NextProtos: []string{acme.Protocol}}, nil
			}
			return nil, nil
		},
	}
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() { _ = tls.Server(c, config).Handshake(); _ = c.Close() }()
	}
}

// shown is the certificate that a client sees which asks for a name.
func (s *served) shown(name string) *x509.Certificate {
	s.t.Helper()
	c, err := tls.Dial("tcp", s.address.String(), &tls.Config{ServerName: name, InsecureSkipVerify: true})
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0]
}

// isOwn says whether a certificate is that of all other names.
func (s *served) isOwn(c *x509.Certificate) bool { return c.Subject.CommonName == "self" }

func (s *served) start() { s.authority.Start(acmetest.Port(s.address)) }

func (s *served) forward(by time.Duration) {
	now := s.now.Load().Add(by)
	s.now.Store(&now)
}

const day = 24 * time.Hour

func TestACertificateIsObtainedKeptAndRenewed(t *testing.T) {
	t.Parallel()
	s := serve(t, hub)
	if !s.isOwn(s.shown(hub)) {
		t.Error("there is a certificate before anybody was asked for one")
	}
	s.start()
	s.obtain()
	for _, name := range []string{hub, "HUB.example.org"} {
		c, err := tls.Dial("tcp", s.address.String(), &tls.Config{ServerName: name, RootCAs: s.authority.Roots()})
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, s.log.String())
		}
		_ = c.Close()
	}
	for _, name := range []string{"", "self", "other.example.org", "example.org", "127.0.0.1"} {
		if !s.isOwn(s.shown(name)) {
			t.Errorf("who asks for %q does not see the server's own certificate", name)
		}
	}
	for file, want := range map[string]os.FileMode{"acme": 0o700, "acme.json": 0o644, "acme/*": 0o700, "acme/*/*.pem": 0o600, "acme/*/account.key": 0o600} {
		found, _ := filepath.Glob(filepath.Join(s.options.Folder, file))
		if len(found) == 0 {
			t.Errorf("there is no %s", file)
		}
		for _, f := range found {
			if info, err := os.Stat(f); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: %v, %v", f, info, err)
			}
		}
	}
	first, orders := s.shown(hub), s.authority.Orders()

	s.restart()
	if !s.shown(hub).Equal(first) {
		t.Error("after a restart there is another certificate")
	}
	s.pass()
	s.forward(59 * day)
	s.pass()
	if n := s.authority.Orders(); n != orders {
		t.Errorf("%d certificates were ordered, and not %d\n%s", n, orders, s.log.String())
	}

	s.forward(2 * day)
	s.obtain()
	second := s.shown(hub)
	if second.Equal(first) || s.isOwn(second) || s.authority.Orders() == orders {
		t.Fatalf("it was not renewed\n%s", s.log.String())
	}
	if string(first.RawSubjectPublicKeyInfo) == string(second.RawSubjectPublicKeyInfo) {
		t.Error("the new certificate has the old key")
	}
}

func TestTheOldCertificateIsServedWhileTheAuthorityIsAway(t *testing.T) {
	t.Parallel()
	s := serve(t, hub)
	s.start()
	s.obtain()
	old := s.shown(hub)
	s.authority.Stop()
	s.forward(61 * day)
	failure := func() *certificate.Failure { return s.manager.Load().Names()[0].Failure }
	s.pass()
	if f := failure(); f == nil || f.Times != 1 || !strings.Contains(f.Next, "see whether this machine reaches "+s.options.Directory) {
		t.Fatalf("the failure is %+v\n%s\n%s", f, s.log.String(), s.authority.Log())
	}
	if log := s.log.String(); !strings.Contains(log, `cannot renew a certificate: it is served until its end" name=`+hub) {
		t.Errorf("the log is %s", log)
	}
	since := failure().Since
	s.pass() // it is too early for another attempt
	s.forward(time.Minute)
	s.pass()
	if f := failure(); f.Times != 2 || !f.Since.Equal(since) || f.Again.Sub(f.Last) != 5*time.Minute {
		t.Errorf("the failure is %+v", f)
	}
	if names, err := certificate.ReadNames(s.options.Folder, s.options.Now()); err != nil || names[0].Problem != "" || names[0].Failure.Times != 2 {
		t.Errorf("the note is %+v, %v", names, err)
	}
	s.forward(20 * day)
	if names, err := certificate.ReadNames(s.options.Folder, s.options.Now()); err != nil || !strings.Contains(names[0].Problem, "will refuse the certificate soon") || !strings.Contains(names[0].Problem, "renewing it fails") {
		t.Errorf("the note is %+v, %v", names, err)
	}
	if !s.shown(hub).Equal(old) {
		t.Error("the old certificate is not served any more")
	}

	s.restart()
	if !s.shown(hub).Equal(old) || !failure().Since.Equal(since) {
		t.Errorf("after a restart the failure is %+v", failure())
	}
	s.start() // it knows the account no more
	s.obtain()
	if failure() != nil || s.shown(hub).Equal(old) || s.isOwn(s.shown(hub)) {
		t.Errorf("it was not renewed: %+v\n%s", failure(), s.log.String())
	}
}

func TestRunObtainsAndIsWoken(t *testing.T) {
	t.Parallel()
	s := serve(t, hub)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { s.manager.Load().Run(ctx) })
	defer running.Wait()
	defer cancel()
	await := func(what string, is func(certificate.Name) bool) {
		t.Helper()
		for deadline := time.Now().Add(2 * time.Minute); !is(s.manager.Load().Names()[0]); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s does not happen\n%s", what, s.log.String())
			}
		}
	}
	await("a failure", func(n certificate.Name) bool { return n.Failure != nil })
	if !s.isOwn(s.shown(hub)) {
		t.Error("there is a certificate")
	}
	s.start()
	await("a certificate", func(n certificate.Name) bool {
		s.manager.Load().Wake()
		return n.Failure == nil && n.Fingerprint != ""
	})
}

func TestACertificateThatCannotBeKeptIsServedAndNotOrderedAgain(t *testing.T) {
	t.Parallel()
	s := serve(t, hub)
	s.start()
	file := s.manager.Load().Names()[0].File
	if err := os.MkdirAll(filepath.Join(file, "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	for range 10 { // as in obtain
		if s.pass(); !s.isOwn(s.shown(hub)) {
			break
		}
		s.manager.Load().Forgive()
	}
	orders := s.authority.Orders()
	for range 2 {
		n := s.manager.Load().Names()[0]
		if s.isOwn(s.shown(hub)) || n.Failure == nil || !strings.Contains(n.Failure.Error, "keeping the certificate for "+hub) || s.authority.Orders() != orders {
			t.Fatalf("%+v\n%s", n, s.log.String())
		}
		s.manager.Load().Forgive()
		s.pass()
	}
	s.manager.Load().Forgive()
	if err := os.RemoveAll(file); err != nil {
		t.Fatal(err)
	}
	s.pass()
	if n := s.manager.Load().Names()[0]; n.Failure != nil || s.authority.Orders() != orders {
		t.Errorf("it is %+v\n%s", n, s.log.String())
	}
	before := s.shown(hub)
	if s.restart(); !s.shown(hub).Equal(before) {
		t.Error("it was not kept")
	}
}

func TestWithoutNamesNothingHasACertificate(t *testing.T) {
	var none *acme.Manager
	hello := &tls.ClientHelloInfo{ServerName: hub, SupportedProtos: []string{acme.Protocol}}
	if none.Get(hello) != nil || none.Challenge(hello) != nil || none.Names() != nil {
		t.Error("a name has something")
	}
	none.Wake()
	none.Run(context.Background())
}
