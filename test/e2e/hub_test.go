//go:build e2e

package e2e

import (
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"testing"

	"lxdocker/test/testbed"
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
	address, err := testbed.UnusedAddress()
	if err != nil {
		t.Fatal(err)
	}
	server, err := testbed.Serve(filepath.Join(programs, "imgserver"), address, "--lxdimages", s.images)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return &hub{server.URL, server.Certificate, server.Client}
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
func (h *hub) remote(t *testing.T, d testbed.Daemon) testbed.Daemon {
	t.Helper()
	d = d.WithConfig(t.TempDir())
	if err := d.AddRemote(t.Context(), "hub", h.url, h.certificate); err != nil {
		t.Fatal(err)
	}
	return d
}
