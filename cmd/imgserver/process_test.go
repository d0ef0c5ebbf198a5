package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"lxdocker/internal/server/servertest"
)

// started starts imgserver for a folder, on any port.
func started(t *testing.T, images string, args ...string) *servertest.Process {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// TestMain knows by the name which program to be.
	link := filepath.Join(t.TempDir(), "imgserver")
	if err := os.Symlink(program, link); err != nil {
		t.Fatal(err)
	}
	s, err := servertest.Start(link, t.TempDir(), append(args, "--lxdimages", images, "--address", "127.0.0.1:0")...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Kill)
	return s
}

// get fetches from a server, of which it trusts one certificate only.
func get(certificate, url string) ([]byte, error) {
	c, err := servertest.Client(certificate)
	if err != nil {
		return nil, err
	}
	r, err := c.Get(url)
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %s", url, r.Status, body)
	}
	return body, err
}
