package oci

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/mediatype"
)

func TestCollectKeepsWhatAnImageNeeds(t *testing.T) {
	l := newLab(t)
	dir := t.TempDir()
	c := newTestClient(t, func(o *Options) { o.CacheDir = dir })
	resolve := func(name string) (digest string, requests []string) {
		t.Helper()
		l.requests()
		img, err := c.Resolve(t.Context(), l.ref(t, name), amd64)
		if err != nil {
			t.Fatal(err)
		}
		return img.Digest, l.requests()
	}
	indexed(t, l, "old", "latest", "old")
	indexed(t, l, "kept", "latest", "kept")
	l.push(t, "single", "latest", recipe{config: map[string]any{"author": "single"}}.bake(t))
	unnamed := l.push(t, "unnamed", "", recipe{platform: Platform{Architecture: "arm64"}, config: map[string]any{"author": "unnamed"}}.bake(t))
	second := l.push(t, "unnamed", "", recipe{config: map[string]any{"author": "unnamed"}}.bake(t))
	inner := l.putManifest(t, "unnamed", "", mediatype.OCIIndex, indexOf(t, entry(unnamed, Platform{}, nil), entry(second, Platform{}, nil)))
	l.putManifest(t, "unnamed", "latest", mediatype.OCIIndex, indexOf(t, entry(inner, Platform{}, nil)))

	var keep []string
	for _, name := range []string{"kept", "single", "unnamed"} {
		digest, _ := resolve(name)
		keep = append(keep, digest)
	}
	resolve("old")
	before, _ := filepath.Glob(filepath.Join(dir, "*.json"))

	stale, young := filepath.Join(dir, tempPrefix+"1"), filepath.Join(dir, tempPrefix+"2")
	for _, f := range []string{stale, young, filepath.Join(dir, "README")} {
		if err := os.WriteFile(f, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(stale, time.Time{}, time.Now().Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}

	if err := c.Collect(func(string) bool { return false }, time.Hour); err != nil {
		t.Fatal(err)
	}
	if all, _ := filepath.Glob(filepath.Join(dir, "*.json")); len(all) != len(before) {
		t.Errorf("of %d files that were just fetched %d stayed", len(before), len(all))
	}
	if err := c.Collect(func(d string) bool { return slices.Contains(keep, d) }, 0); err != nil {
		t.Fatal(err)
	}
	after, _ := filepath.Glob(filepath.Join(dir, "*.json"))
	if len(before)-len(after) != 3 { // index, manifest and config of "old"
		t.Errorf("%d files before, %d after", len(before), len(after))
	}
	for _, name := range []string{"kept", "single", "unnamed"} {
		if _, asked := resolve(name); len(asked) != 1 {
			t.Errorf("%s: %q", name, asked)
		}
	}
	if _, asked := resolve("old"); len(asked) != 4 {
		t.Errorf("old: %q", asked)
	}
	for f, want := range map[string]bool{stale: false, young: true, filepath.Join(dir, "README"): true} {
		if _, err := os.Stat(f); (err == nil) != want {
			t.Errorf("%s: %v", f, err)
		}
	}
	if err := c.Collect(func(string) bool { return false }, 0); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.json")); len(left) != 0 {
		t.Errorf("left: %q", left)
	}
}

func TestLoopsInTheCacheEnd(t *testing.T) {
	// No digests can do this, but files need not be what they say.
	links := map[string][]string{"a": {"b"}, "b": {"a", "c"}, "c": {"c"}, "d": {"e"}}
	kept := reachable(links, func(d string) bool { return d == "b" })
	if len(kept) != 3 || kept["d"] {
		t.Errorf("%v", kept)
	}
}

func TestAFullDiskDoesNotStopResolving(t *testing.T) {
	l := newLab(t)
	l.push(t, "x", "latest", recipe{}.bake(t))
	dir := t.TempDir()
	c := newTestClient(t, func(o *Options) { o.CacheDir = dir })
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	img, err := c.Resolve(t.Context(), l.ref(t, "x"), amd64)
	if err != nil || len(img.Layers) != 1 {
		t.Fatal(img, err)
	}
}

func TestCacheFilesAreWholeOrAbsent(t *testing.T) {
	dir := t.TempDir()
	c := newTestClient(t, func(o *Options) { o.CacheDir = dir }).cache
	b := []byte(`{"x":1}`)
	c.put(digestOf(b), b)
	if got, ok := c.get(digestOf(b), 100); !ok || string(got) != string(b) {
		t.Errorf("%q %v", got, ok)
	}
	if _, ok := c.get(digestOf(b), 3); ok {
		t.Error("a document beyond the limit was read")
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 || strings.HasPrefix(left[0].Name(), tempPrefix) {
		t.Errorf("%v", left)
	}
}
