package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/daemon"
)

// daemonOf is one with images, by their fingerprints; it asks after no others.
func daemonOf(t *testing.T, kind string, images map[string]bool) *daemon.Client {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fingerprint, one := strings.CutPrefix(r.URL.Path, "/1.0/images/")
		switch {
		case r.URL.Path == "/1.0":
			_ = json.NewEncoder(w).Encode(map[string]any{"type": "sync", "metadata": map[string]any{"auth": "trusted", "environment": map[string]any{"server": kind}}})
		case one && images[fingerprint]:
			_ = json.NewEncoder(w).Encode(map[string]any{"type": "sync", "metadata": map[string]any{"fingerprint": fingerprint}})
		case one:
			w.WriteHeader(http.StatusNotFound)
			_ = json.NewEncoder(w).Encode(map[string]any{"type": "error", "error_code": 404, "error": "not found"})
		default:
			t.Errorf("%s %s", r.Method, r.URL)
		}
	}))
	t.Cleanup(server.Close)
	c, err := daemon.Connect(t.Context(), daemon.Address{Name: "fake", URL: server.URL, Pinned: server.Certificate()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// An image of a daemon is taken for one that was made here only if this was noted here, whatever
// its properties say: anybody's image may have any.
func TestOnlyWhatWasBroughtFromHereIsFound(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	b := brought{filepath.Join(t.TempDir(), "brought"), func() time.Time { return now }}
	images := map[string]bool{"f1": true, "forged": true}
	lxd, incus := daemonOf(t, "lxd", images), daemonOf(t, "incus", images)
	found := func(d *daemon.Client, want string) {
		t.Helper()
		if got, err := b.find(t.Context(), d, "key"); got != want || err != nil {
			t.Errorf("found %q, not %q: %v", got, want, err)
		}
	}
	found(lxd, "")
	if err := b.note(lxd, "key", "f1"); err != nil {
		t.Fatal(err)
	}
	found(lxd, "f1")
	found(incus, "") // which has another form of it
	delete(images, "f1")
	found(lxd, "")
	images["f1"] = true

	file := b.file(lxd, "key")
	old := now.Add(-rememberFor - time.Hour)
	if err := os.Chtimes(file, old, old); err != nil {
		t.Fatal(err)
	}
	found(lxd, "f1")
	b.tidy() // it was just asked for
	found(lxd, "f1")
	if err := os.Chtimes(file, old, old); err != nil {
		t.Fatal(err)
	}
	b.tidy()
	found(lxd, "")
}
