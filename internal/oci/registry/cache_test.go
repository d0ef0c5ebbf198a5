package registry

import (
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/mediatype"
	"lxdocker/internal/oci"
	"lxdocker/internal/oci/ocitest"
)

func TestCollectKeepsWhatAnImageNeeds(t *testing.T) {
	reg := newServer(t)
	dir := t.TempDir()
	c := newTestClient(t, func(o *testOptions) { o.CacheDir = dir })
	resolve := func(name string) (digest string, requests []string) {
		t.Helper()
		reg.requests()
		img, err := c.Resolve(t.Context(), reg.ref(t, name), ocitest.AMD64)
		if err != nil {
			t.Fatal(err)
		}
		return img.Digest, reg.requests()
	}
	indexed(t, reg, "old", "latest", "old")
	indexed(t, reg, "kept", "latest", "kept")
	reg.push(t, "single", "latest", ocitest.Recipe{Config: map[string]any{"author": "single"}}.Bake(t))
	unnamed := reg.push(t, "unnamed", "", ocitest.Recipe{Platform: oci.Platform{Architecture: "arm64"}, Config: map[string]any{"author": "unnamed"}}.Bake(t))
	second := reg.push(t, "unnamed", "", ocitest.Recipe{Config: map[string]any{"author": "unnamed"}}.Bake(t))
	inner := reg.putManifest(t, "unnamed", "", mediatype.OCIIndex, ocitest.Index(t, ocitest.Entry(unnamed, oci.Platform{}, nil), ocitest.Entry(second, oci.Platform{}, nil)))
	reg.putManifest(t, "unnamed", "latest", mediatype.OCIIndex, ocitest.Index(t, ocitest.Entry(inner, oci.Platform{}, nil)))

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
	reg := newServer(t)
	reg.push(t, "x", "latest", ocitest.Recipe{}.Bake(t))
	dir := t.TempDir()
	c := newTestClient(t, func(o *testOptions) { o.CacheDir = dir })
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	img, err := c.Resolve(t.Context(), reg.ref(t, "x"), ocitest.AMD64)
	if err != nil || len(img.Layers) != 1 {
		t.Fatal(img, err)
	}
}

func TestCacheFilesAreWholeOrAbsent(t *testing.T) {
	dir := t.TempDir()
	c := newTestClient(t, func(o *testOptions) { o.CacheDir = dir }).cache
	b := []byte(`{"x":1}`)
	c.put(oci.DigestOf(b), b)
	if got, ok := c.get(oci.DigestOf(b), 100); !ok || string(got) != string(b) {
		t.Errorf("%q %v", got, ok)
	}
	if _, ok := c.get(oci.DigestOf(b), 3); ok {
		t.Error("a document beyond the limit was read")
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 || strings.HasPrefix(left[0].Name(), tempPrefix) {
		t.Errorf("%v", left)
	}
}

func TestADocumentOfTheFutureIsOfNow(t *testing.T) {
	c := cache{dir: t.TempDir(), log: slog.New(slog.DiscardHandler)}
	file, now := c.path("sha256:"+strings.Repeat("a", 64)), time.Now()
	if err := os.WriteFile(file, []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(file, time.Time{}, now.AddDate(10, 0, 0)); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		after time.Duration
		there bool
	}{{0, true}, {59 * time.Minute, true}, {61 * time.Minute, false}} {
		if err := c.collect(func(string) bool { return false }, time.Hour, now.Add(step.after)); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(file); (err == nil) != step.there {
			t.Errorf("after %v: %v", step.after, err)
		}
	}
}
