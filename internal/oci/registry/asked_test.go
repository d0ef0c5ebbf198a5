package registry

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"lxdocker/internal/oci"
)

func TestWhoeverCountsIsToldOfEachRequest(t *testing.T) {
	registry := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("RateLimit-Limit", "100;w=21600")
		w.Header().Set("RateLimit-Remaining", "76;w=21600")
		w.WriteHeader(http.StatusNotFound)
	}))
	host := strings.TrimPrefix(registry.URL, "http://")
	var answers []int
	c, err := NewClient(Options{CacheDir: t.TempDir(), Asked: func(registry string, status int, left int64) {
		if registry != host {
			t.Errorf("of %s", registry)
		}
		answers = append(answers, status)
		if (left == 76) != (status == http.StatusNotFound) {
			t.Errorf("after %d there are %d pulls left", status, left)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	ref, err := oci.Parse(host + "/app")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Resolve(t.Context(), ref, oci.Platform{Architecture: "amd64"}); err == nil {
		t.Fatal("it has an image")
	}
	if !slices.Contains(answers, http.StatusNotFound) {
		t.Errorf("the answers were %v", answers)
	}
	registry.Close()
}
