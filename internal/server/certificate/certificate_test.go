package certificate_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lxdocker/internal/server/certificate"
)

func own(t testing.TB, dir string, hosts ...string) certificate.Files {
	t.Helper()
	files, err := certificate.SelfSigned(dir, hosts, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func load(t testing.TB, files certificate.Files, log *bytes.Buffer) *certificate.Pair {
	t.Helper()
	pair, err := certificate.Load(files, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

func parse(t testing.TB, files certificate.Files) *x509.Certificate {
	t.Helper()
	data, err := os.ReadFile(files.Cert)
	if err != nil {
		t.Fatal(err)
	}
	block, rest := pem.Decode(data)
	if block == nil || len(rest) > 0 {
		t.Fatalf("%s is not one PEM block: %s", files.Cert, data)
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTheOwnCertificate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "images-tls")
	files := own(t, dir, "192.0.2.1", "not a host", "hub.example", "localhost", "::1")
	c := parse(t, files)
	if c.Subject.CommonName != "hub.example" || strings.Join(c.DNSNames, " ") != "hub.example localhost" {
		t.Errorf("it is for %s, %v", c.Subject, c.DNSNames)
	}
	if len(c.IPAddresses) != 2 || !c.IPAddresses[0].Equal(net.ParseIP("192.0.2.1")) || !c.IPAddresses[1].Equal(net.ParseIP("::1")) {
		t.Errorf("its addresses are %v", c.IPAddresses)
	}
	if key, ok := c.PublicKey.(*ecdsa.PublicKey); !ok || key.Curve != elliptic.P256() {
		t.Errorf("its key is %T", c.PublicKey)
	}
	if years := time.Until(c.NotAfter).Hours() / 24 / 365; years < 9.9 || years > 10.1 || time.Since(c.NotBefore) < time.Hour {
		t.Errorf("it is good from %v to %v", c.NotBefore, c.NotAfter)
	}
	if c.IsCA {
		t.Error("whoever trusts it trusts everything it signs")
	}
	for path, want := range map[string]fs.FileMode{files.Key: 0o600, files.Cert: 0o644} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 3 { // and the lock
		t.Errorf("in the folder are %v, %v", entries, err)
	}
}

func TestTheOwnCertificateIsMadeOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tls")
	first := parse(t, own(t, dir, "hub"))
	if again := parse(t, own(t, dir, "another", "10.0.0.1")); !again.Equal(first) {
		t.Error("it was made again, which breaks every client")
	}
}

func TestServersThatStartTogetherAgree(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tls")
	prints := make([]string, 16)
	var wg sync.WaitGroup
	for i := range prints {
		wg.Go(func() {
			files, err := certificate.SelfSigned(dir, []string{"hub"}, time.Now())
			if err != nil {
				t.Error(err)
				return
			}
			prints[i] = load(t, files, &bytes.Buffer{}).Fingerprint()
		})
	}
	wg.Wait()
	for _, p := range prints {
		if p != prints[0] || p == "" {
			t.Fatalf("they have %v", prints)
		}
	}
}

func TestWhatACrashLeavesBehindIsNoObstacle(t *testing.T) {
	for _, left := range []string{"imgserver.key", "imgserver.key.new", "imgserver.crt.new"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, left), []byte("half"), 0o400); err != nil {
			t.Fatal(err)
		}
		load(t, own(t, dir, "hub"), &bytes.Buffer{})
	}
}

func TestACertificateWhoseKeyIsGoneIsNotReplaced(t *testing.T) {
	files := own(t, t.TempDir(), "hub")
	before := parse(t, files)
	if err := os.Remove(files.Key); err != nil {
		t.Fatal(err)
	}
	_, err := certificate.SelfSigned(filepath.Dir(files.Cert), []string{"hub"}, time.Now())
	if err == nil || !strings.Contains(err.Error(), files.Key) {
		t.Errorf("got %v", err)
	}
	if !parse(t, files).Equal(before) {
		t.Error("the certificate changed")
	}
}

func TestACertificateNeedsAName(t *testing.T) {
	dir := t.TempDir()
	if _, err := certificate.SelfSigned(dir, []string{"192.0.2.1"}, time.Now()); err == nil {
		t.Error("no error")
	}
	if entries, _ := filepath.Glob(filepath.Join(dir, "imgserver*")); len(entries) != 0 {
		t.Errorf("there are %v", entries)
	}
}

func TestAFolderThatCannotBeMade(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := certificate.SelfSigned(filepath.Join(file, "tls"), []string{"hub"}, time.Now()); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("got %v", err)
	}
}

func TestHosts(t *testing.T) {
	hosts := certificate.Hosts("hub.example", "", "192.0.2.7", "localhost")
	count := map[string]int{}
	for _, h := range hosts {
		count[h]++
	}
	for _, want := range []string{"localhost", "127.0.0.1", "::1", "hub.example", "192.0.2.7"} {
		if count[want] != 1 {
			t.Errorf("%s is there %d times in %v", want, count[want], hosts)
		}
	}
	if count[""] > 0 {
		t.Errorf("there is an empty one in %v", hosts)
	}
	if name, err := os.Hostname(); err == nil && hosts[0] != name {
		t.Errorf("the first is %s, this machine is %s", hosts[0], name)
	}
}

// handshake connects as LXD and Incus do with a pinned certificate: it is the
// only authority, its first name is the one expected, TLS is 1.3.
func handshake(t *testing.T, pair *certificate.Pair, pinned *x509.Certificate) error {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_ = tls.Server(conn, &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: pair.Get}).Handshake()
	}()
	roots := x509.NewCertPool()
	roots.AddCert(pinned)
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	conn, err := tls.DialWithDialer(dialer, "tcp", listener.Addr().String(),
		&tls.Config{RootCAs: roots, ServerName: pinned.DNSNames[0], MinVersion: tls.VersionTLS13})
	if err == nil {
		_ = conn.Close()
	}
	return err
}

func TestClientsCanPinTheOwnCertificate(t *testing.T) {
	files := own(t, t.TempDir(), certificate.Hosts()...)
	if err := handshake(t, load(t, files, &bytes.Buffer{}), parse(t, files)); err != nil {
		t.Error(err)
	}
	other := own(t, t.TempDir(), certificate.Hosts()...)
	if err := handshake(t, load(t, other, &bytes.Buffer{}), parse(t, files)); err == nil {
		t.Error("another server's certificate was taken for it")
	}
}

func TestARenewedCertificateIsUsedAtOnce(t *testing.T) {
	var log bytes.Buffer
	old, fresh := own(t, t.TempDir(), "hub"), own(t, t.TempDir(), "hub")
	pair := load(t, old, &log)
	oldPrint, freshCert := pair.Fingerprint(), parse(t, fresh)
	replace := func(from, to string) {
		t.Helper()
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	replace(fresh.Cert, old.Cert) // the key has not come yet
	for range 3 {
		if _, err := pair.Get(nil); err != nil || pair.Fingerprint() != oldPrint {
			t.Errorf("with half a renewal: %v, %s", err, pair.Fingerprint())
		}
	}
	if n := strings.Count(log.String(), "keeping the old certificate"); n != 1 {
		t.Errorf("the log says it %d times:\n%s", n, &log)
	}
	replace(fresh.Key, old.Key)
	if err := handshake(t, pair, freshCert); err != nil {
		t.Errorf("after the renewal: %v", err)
	}
	if err := os.Remove(old.Cert); err != nil {
		t.Fatal(err)
	}
	if err := handshake(t, pair, freshCert); err != nil {
		t.Errorf("after the file went away: %v", err)
	}
}

func TestLoadingNamesTheFiles(t *testing.T) {
	files := own(t, t.TempDir(), "hub")
	other := own(t, t.TempDir(), "hub")
	for name, f := range map[string]certificate.Files{
		"the key of another certificate":  {Cert: files.Cert, Key: other.Key},
		"key and certificate exchanged":   {Cert: files.Key, Key: files.Cert},
		"a certificate that is not there": {Cert: files.Cert + "x", Key: files.Key},
		"a certificate that is no PEM":    {Cert: "certificate_test.go", Key: files.Key},
	} {
		_, err := certificate.Load(f, slog.New(slog.DiscardHandler))
		if err == nil || !strings.Contains(err.Error(), f.Cert) || !strings.Contains(err.Error(), f.Key) {
			t.Errorf("%s: %v", name, err)
		}
		if name == "not there" && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
