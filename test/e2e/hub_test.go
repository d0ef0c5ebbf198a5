//go:build e2e

package e2e

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"lxdocker/test/lab"
)

// hub is a running imgserver, with the certificate it made for itself.
type hub struct {
	url         string
	certificate []byte
	client      *http.Client
}

// serve starts imgserver on the site's images. It ends with the test, and must
// then end by itself when it is asked to.
func (s *site) serve(t *testing.T) *hub {
	t.Helper()
	address := unusedAddress(t)
	cmd := exec.Command(filepath.Join(programs, "imgserver"), "--lxdimages", s.images, "--address", address)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("imgserver, asked to end: %v\n%s", err, &said)
			}
		case <-time.After(20 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
			t.Errorf("imgserver did not end in 20 s when it was asked to\n%s", &said)
		}
	})
	certificate, err := firstCertificate(address, ended)
	if err != nil {
		t.Fatalf("starting imgserver: %v\n%s", err, &said)
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13}, DisableKeepAlives: true}
	return &hub{"https://" + address, certificate.Raw, &http.Client{Transport: transport}}
}

// unusedAddress is a free port on loopback. Somebody else could take it before
// it is used; nobody does on a machine that runs these tests.
func unusedAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// firstCertificate waits for the server and returns the certificate it shows.
func firstCertificate(address string, ended chan error) (*x509.Certificate, error) {
	for deadline := time.Now().Add(20 * time.Second); ; {
		c, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
		if err == nil {
			defer c.Close()
			return c.ConnectionState().PeerCertificates[0], nil
		}
		select {
		case err := <-ended:
			ended <- err
			return nil, fmt.Errorf("it ended: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return nil, err
		}
	}
}

// open fetches a file of the server.
func (h *hub) open(path string) (io.ReadCloser, error) {
	response, err := h.client.Get(h.url + "/" + path)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return nil, errors.New("GET " + path + ": " + response.Status)
	}
	return response.Body, nil
}

// remote makes the hub known to a daemon's client as "hub", and returns the
// daemon as that client sees it.
func (h *hub) remote(t *testing.T, d lab.Daemon) lab.Daemon {
	t.Helper()
	d = d.WithConfig(t.TempDir())
	if err := d.AddRemote(t.Context(), "hub", h.url, h.certificate); err != nil {
		t.Fatal(err)
	}
	return d
}
