package server_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/server"
	"lxdocker/internal/testenv"
)

// keys are those that certificates have.
var keys = map[string]func() any{
	"ECDSA": func() any { k, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader); return k },
	"RSA":   func() any { k, _ := rsa.GenerateKey(rand.Reader, 2048); return k },
}

// served is a server whose certificate has a key of a kind.
func served(t *testing.T, kind string) (address string) {
	t.Helper()
	key := keys[kind]()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "hub"}, DNSNames: []string{"hub"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	var public any
	switch k := key.(type) {
	case *ecdsa.PrivateKey:
		public = k.Public()
	case *rsa.PrivateKey:
		public = k.Public()
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
	if err != nil {
		t.Fatal(err)
	}
	pair := &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	t.Cleanup(func() { stop(); <-ended })
	go func() {
		ended <- server.Serve(ctx, listener, server.ServeOptions{
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Proto) }),
			TLS:     server.TLS(func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return pair, nil }),
			Log:     slog.New(slog.DiscardHandler), Drain: time.Second,
		})
	}()
	return listener.Addr().String()
}

// agreed is what a client and the server agree on.
func agreed(address string, client *tls.Config) (tls.ConnectionState, error) {
	client.InsecureSkipVerify = true
	c, err := tls.Dial("tcp", address, client)
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer c.Close()
	return c.ConnectionState(), nil
}

func TestCipherSuites(t *testing.T) {
	for kind := range keys {
		address := served(t, kind)
		accepted := 0
		for _, suite := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
			if slices.Contains(suite.SupportedVersions, tls.VersionTLS13) {
				continue // clients cannot choose
			}
			aead := strings.Contains(suite.Name, "_GCM_") || strings.Contains(suite.Name, "_CHACHA20_POLY1305")
			want := aead && strings.HasPrefix(suite.Name, "TLS_ECDHE_"+kind+"_")
			got, err := agreed(address, &tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{suite.ID}})
			if (err == nil) != want {
				t.Errorf("a certificate with %s, %s: %v", kind, suite.Name, err)
			}
			if err == nil && got.CipherSuite != suite.ID {
				t.Errorf("a certificate with %s, %s: they agreed on %s", kind, suite.Name, tls.CipherSuiteName(got.CipherSuite))
			}
			if err == nil {
				accepted++
			}
		}
		if accepted != 3 {
			t.Errorf("a certificate with %s: %d suites are accepted", kind, accepted)
		}
	}
}

func TestVersionsOfTLS(t *testing.T) {
	address := served(t, "ECDSA")
	for version, want := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		var all []uint16
		for _, suite := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
			all = append(all, suite.ID)
		}
		got, err := agreed(address, &tls.Config{MinVersion: version, MaxVersion: version, CipherSuites: all})
		if (err == nil) != want || err == nil && got.Version != version {
			t.Errorf("%s: %v, %s", tls.VersionName(version), err, tls.VersionName(got.Version))
		}
	}
}

// OpenSSL knows suites that Go does not, such as those with DHE and with CCM.
func TestOpenSSLIsOfferedNoOtherSuite(t *testing.T) {
	openssl := testenv.NeedsProgram(t, "openssl", "openssl")
	good := map[string][]string{
		"ECDSA": {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"},
		"RSA":   {"ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-CHACHA20-POLY1305"},
	}
	for kind, names := range good {
		address := served(t, kind)
		ask := func(args ...string) (string, error) {
			out, err := exec.Command(openssl, append([]string{"s_client", "-connect", address, "-servername", "hub", "-no_ign_eof"}, args...)...).CombinedOutput()
			return string(out), err
		}
		for _, name := range names {
			if out, err := ask("-tls1_2", "-cipher", name+":@SECLEVEL=0"); err != nil || !strings.Contains(out, "Cipher is "+name) {
				t.Errorf("%s: %v\n%s", name, err, out)
			}
		}
		if out, err := ask("-tls1_2", "-cipher", "ALL:COMPLEMENTOFALL:!"+strings.Join(names, ":!")+":@SECLEVEL=0"); err == nil {
			t.Errorf("of all others:\n%s", out)
		}
		for _, version := range []string{"-tls1", "-tls1_1"} {
			if out, err := ask(version, "-cipher", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"); err == nil {
				t.Errorf("%s:\n%s", version, out)
			}
		}
		if out, err := ask("-tls1_3"); err != nil || !strings.Contains(out, "TLSv1.3") {
			t.Errorf("TLS 1.3: %v\n%s", err, out)
		}
	}
}

func TestHTTP2IsOfferedAndHTTP1IsWhatClientsGetThatDoNotAsk(t *testing.T) {
	address := served(t, "ECDSA")
	for want, protocol := range map[string][]string{"h2": {"h2", "http/1.1"}, "http/1.1": {"http/1.1"}, "": nil} {
		got, err := agreed(address, &tls.Config{NextProtos: protocol})
		if err != nil || got.NegotiatedProtocol != want {
			t.Errorf("asked for %q: %q, %v", protocol, got.NegotiatedProtocol, err)
		}
	}
	for want, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2.0": true} {
		// As LXD and Incus do it, and as browsers do.
		transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: http2}
		resp, err := (&http.Client{Transport: transport}).Get("https://" + address + "/")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		transport.CloseIdleConnections()
		if resp.Proto != want {
			t.Errorf("%s, not %s", resp.Proto, want)
		}
	}
}
