package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/server/acme/acmetest"
	"lxdocker/internal/server/certificate"
	"lxdocker/internal/server/servertest"
	"lxdocker/internal/testenv"
)

const hubName = "hub.example.org"

// awaits waits until a server has logged a text.
func awaits(t *testing.T, s *servertest.Process, text string) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !strings.Contains(s.Log.String(), text); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%q is not in the log:\n%s", text, &s.Log)
		}
	}
}

// verified starts the authority for a server whose address is known by now, and has it asked
// until there is a certificate: it waits only seconds for who is verified, so that on a busy
// machine one time may not do.
func verified(t *testing.T, authority *acmetest.Authority, s *servertest.Process) {
	t.Helper()
	const failed = "cannot obtain a certificate"
	awaits(t, s, failed)
	authority.Start(acmetest.Port(address(s.URL)))
	asked := 0
	for deadline := time.Now().Add(3 * time.Minute); !strings.Contains(s.Log.String(), "a certificate was obtained"); time.Sleep(5 * time.Millisecond) {
		if n := strings.Count(s.Log.String(), failed); n > asked {
			asked = n
			if err := s.Signal(syscall.SIGHUP); err != nil {
				t.Fatal(err)
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("no certificate is obtained:\n%s\n%s", &s.Log, authority.Log())
		}
	}
}

// address is where a URL leads.
type address string

func (a address) String() string { return strings.TrimPrefix(string(a), "https://") }

// shown is the certificate that a client sees which asks for a name. With roots it is verified.
func shown(t *testing.T, s *servertest.Process, name string, roots *x509.CertPool) *x509.Certificate {
	t.Helper()
	c, err := tls.Dial("tcp", address(s.URL).String(), &tls.Config{ServerName: name, RootCAs: roots, InsecureSkipVerify: roots == nil, NextProtos: []string{"h2", "http/1.1"}})
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, &s.Log)
	}
	defer c.Close()
	if got := c.ConnectionState(); got.NegotiatedProtocol != "h2" || got.Version != tls.VersionTLS13 {
		t.Errorf("%s: %s by %s", name, got.NegotiatedProtocol, tls.VersionName(got.Version))
	}
	return c.ConnectionState().PeerCertificates[0]
}

// certShow is what `imgserver cert show` prints.
func certShow(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if code := execute(append([]string{"cert", "show"}, args...), &out, &errs, nil); code != 0 {
		t.Fatalf("exit code %d: %s", code, &errs)
	}
	return out.String()
}

func TestNamesHaveCertificatesOfAnAuthority(t *testing.T) {
	authority := acmetest.New(t)
	flags := []string{"--acme-domain", hubName, "--acme-directory", authority.Directory, "--acme-ca", authority.File, "--acme-email", "root@example.org",
		"--allow", "192.0.2.1"} // which is not about who verifies
	f := newWatchedFixture(t, flags...)
	const without, expiry = "imgserver_acme_names_without_certificate", "imgserver_certificate_expiry_timestamp_seconds"

	// Nobody waits for the authority, which is away.
	if !strings.Contains(f.Ready, "https://"+hubName+":"+strconv.Itoa(acmetest.Port(address(f.URL)))+"  (requested now") {
		t.Errorf("it prints %s", f.Ready)
	}
	awaits(t, f.Process, "cannot obtain a certificate")
	if got := shown(t, f.Process, hubName, nil); !bytes.Equal(got.Raw, f.Certificate) {
		t.Errorf("clients see %v", got.Subject)
	}
	if status, body := f.admin("/readyz"); status != http.StatusOK || f.series()[without] != "1" {
		t.Errorf("%d %s, and the metrics are %v", status, body, f.series())
	}
	if got := certShow(t, "--lxdimages", f.folder); !regexp.MustCompile(`(?m)^name       ` + hubName + `\nvalid      not yet.*\nfailed     \d+ times since .*\nnext       see whether this machine reaches `).MatchString(got) {
		t.Errorf("it shows %s", got)
	}
	own := f.series()[expiry]

	verified(t, authority, f.Process)
	got, orders := shown(t, f.Process, hubName, authority.Roots()), authority.Orders()
	for _, name := range []string{"", "localhost", "other.example.org"} {
		if other := shown(t, f.Process, name, nil); !bytes.Equal(other.Raw, f.Certificate) {
			t.Errorf("who asks for %q sees %v", name, other.Subject)
		}
	}
	if c, err := tls.Dial("tcp", address(f.URL).String(), &tls.Config{ServerName: hubName, InsecureSkipVerify: true, NextProtos: []string{"acme-tls/1"}}); err == nil {
		c.Close()
		t.Error("the protocol of verification is spoken while nothing is verified")
	}
	if n := f.series()[without]; n != "0" || f.series()[expiry] == own || f.series()[expiry] == "" {
		t.Errorf("the metrics are %v", f.series())
	}
	var about struct {
		Fingerprint string
		ACME        []certificate.Name
	}
	if err := json.Unmarshal([]byte(certShow(t, "--lxdimages", f.folder, "--json")), &about); err != nil || about.Fingerprint == "" ||
		len(about.ACME) != 1 || about.ACME[0].Name != hubName || !about.ACME[0].Until.Equal(got.NotAfter) || about.ACME[0].Failure != nil {
		t.Errorf("it shows %+v, %v", about, err)
	}

	// A server after this one has the same.
	if err := f.Stop(); err != nil {
		t.Fatal(err)
	}
	next := started(t, f.folder, flags...)
	if !strings.Contains(next.Ready, "(good until "+got.NotAfter.Format(time.DateOnly)) || !shown(t, next, hubName, authority.Roots()).Equal(got) || authority.Orders() != orders {
		t.Errorf("after a restart, %d were ordered and not %d, and it prints %s", authority.Orders(), orders, next.Ready)
	}
	if err := next.Stop(); err != nil {
		t.Fatal(err)
	}

	// One without the names does not claim to have them.
	last := started(t, f.folder)
	if got := shown(t, last, hubName, nil); !bytes.Equal(got.Raw, last.Certificate) || strings.Contains(certShow(t, "--lxdimages", f.folder), hubName) {
		t.Errorf("clients see %v", got.Subject)
	}
}

// throughNames is a proxy for which every name leads to a server, as clients take it from
// HTTPS_PROXY: a test cannot change what names mean on its machine.
func throughNames(t *testing.T, to string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	proxy := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			http.Error(w, "this is for CONNECT", http.StatusMethodNotAllowed)
			return
		}
		behind, err := net.Dial("tcp", to)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer behind.Close()
		w.WriteHeader(http.StatusOK)
		c, in, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer c.Close()
		go func() { _, _ = io.Copy(behind, in); _ = behind.(*net.TCPConn).CloseWrite() }()
		_, _ = io.Copy(c, behind)
	})}
	go func() { _ = proxy.Serve(l) }()
	t.Cleanup(func() { _ = proxy.Close() })
	return "http://" + l.Addr().String()
}

// TestRealClientsOfNames has the command line clients of LXD and Incus add a server by a name
// whose certificate they trust, and looks whether those find it again that know it by its own.
func TestRealClientsOfNames(t *testing.T) {
	authority := acmetest.New(t)
	dir := filepath.Join(t.TempDir(), "images")
	v := split(t, dir, "nginx", bytes.Repeat([]byte("rootfs"), 100_000), "web", "nginx:1.27", "library/nginx")
	s := started(t, dir, "--acme-domain", hubName, "--acme-directory", authority.Directory, "--acme-ca", authority.File)
	proxy, port := throughNames(t, address(s.URL).String()), strconv.Itoa(acmetest.Port(address(s.URL)))
	root := filepath.Join(t.TempDir(), "root.pem")

	before := map[string]realClient{}
	for name, debian := range map[string]string{"lxc": "lxd-client", "incus": "incus-client"} {
		if _, err := exec.LookPath(name); err == nil {
			before[name] = realClient{t, name, t.TempDir()}
			before[name].add(s.Ready, "--public")
		} else {
			testenv.NeedsProgram(t, name, debian)
		}
	}
	verified(t, authority, s)
	if err := os.WriteFile(root, authority.RootPEM(), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, known := range before {
		for _, protocol := range []string{"--public", "--protocol simplestreams"} {
			t.Run(name+" "+protocol, func(t *testing.T) {
				c := realClient{t, name, t.TempDir()}
				environment := fmt.Sprintf("HTTPS_PROXY=%s SSL_CERT_FILE=%s", proxy, root)
				c.run("sh", "-c", environment+" "+name+" remote add hub https://"+hubName+":"+port+" "+protocol+" </dev/null")
				if got := c.run("sh", "-c", environment+" "+name+" image list hub: --format csv --columns F"); got != v.Fingerprint+"\n" {
					t.Errorf("the list is %s", got)
				}
			})
		}
		t.Run(name+" that knew it before", func(t *testing.T) {
			known.t = t
			known.finds(image.Version(v), true)
		})
	}
}

func TestSettingsOfAuthoritiesAreChecked(t *testing.T) {
	images := filepath.Join(t.TempDir(), "images")
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"a name":                     {[]string{"--acme-domain", hubName, "--acme-domain", "www.example.org"}, 0, "connects to port 443 of hub.example.org, www.example.org, which has to lead here; imgserver listens on :443"},
		"an address":                 {[]string{"--acme-domain", "192.0.2.1"}, 2, "it is an address, and authorities verify names"},
		"a name twice":               {[]string{"--acme-domain", hubName, "--acme-domain", "Hub.example.org"}, 2, "is there twice"},
		"an authority without names": {[]string{"--acme-directory", "https://ca.lan/directory"}, 2, "--acme-directory needs --acme-domain NAME"},
		"an address without names":   {[]string{"--acme-email", "hub@example.org"}, 2, "--acme-email needs --acme-domain NAME"},
		"a file without names":       {[]string{"--acme-ca", empty}, 2, "--acme-ca needs --acme-domain NAME"},
		"an account without names":   {[]string{"--acme-account", empty}, 2, "--acme-account needs --acme-domain NAME"},
		"an account that is missing": {[]string{"--acme-domain", hubName, "--acme-account", "missing"}, 1, "reading the account at the authority"},
		"an account that is none":    {[]string{"--acme-domain", hubName, "--acme-account", empty}, 1, "has 0 words"},
		"plain HTTP":                 {[]string{"--acme-domain", hubName, "--acme-directory", "http://ca.lan/directory"}, 2, "it is the https:// URL"},
		"no address of mail":         {[]string{"--acme-domain", hubName, "--acme-email", "me"}, 2, "it is an address like hub@example.org"},
		"a file that is missing":     {[]string{"--acme-domain", hubName, "--acme-ca", "missing.pem"}, 1, "reading the authorities of --acme-ca: open missing.pem"},
		"a file without authorities": {[]string{"--acme-domain", hubName, "--acme-ca", empty}, 1, "has no PEM block of a certificate"},
		"a folder that is none":      {[]string{"--acme-domain", hubName, "--lxdimages", filepath.Join(empty, "images")}, 1, "in which this user cannot write"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			code := execute(append([]string{"check-config", "--lxdimages", images}, c.args...), &out, &errs, nil)
			if said := out.String() + errs.String(); code != c.code || !strings.Contains(said, c.says) {
				t.Errorf("exit code %d: %s", code, said)
			}
		})
	}
}
