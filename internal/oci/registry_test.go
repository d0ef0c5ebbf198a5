package oci

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"lxdocker/internal/mediatype"
)

// indexed pushes an index with an image for amd64 and one for arm64, and returns
// the former's digest.
func indexed(t testing.TB, l *lab, repo, tag string, author string) string {
	t.Helper()
	extra := map[string]any{"author": author}
	a := l.push(t, repo, "", recipe{config: extra}.bake(t))
	b := l.push(t, repo, "", recipe{platform: Platform{"arm64", "v8"}, config: extra}.bake(t))
	l.putManifest(t, repo, tag, mediatype.OCIIndex, indexOf(t, entry(a, amd64, nil), entry(b, Platform{"arm64", "v8"}, nil)))
	return a.Digest
}

func TestResolveReturnsTheImage(t *testing.T) {
	for name, docker := range map[string]bool{"OCI": false, "Docker schema 2": true} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			b := recipe{
				docker: docker,
				layers: [][]byte{tarOf(t, "a", []byte("1")), tarOf(t, "b", []byte("2"))},
				config: map[string]any{"config": map[string]any{
					"Entrypoint": []string{"/entry point.sh", "a;b", ""},
					"Cmd":        []string{"nginx", "-g", "daemon off;"},
					"Env":        []string{"PATH=/bin", "PS1=$(whoami)", "odd"},
					"User":       "1000:0",
					"WorkingDir": "/srv",
					"StopSignal": "SIGQUIT",
					"Volumes":    map[string]any{"/data": map[string]any{}, "/a": nil},
					"Labels":     map[string]any{"k": "v\n<b>"},
					"Healthcheck": map[string]any{
						"Test": []string{"NONE"}, "Interval": "not a number",
					},
				}},
			}.bake(t)
			d := l.push(t, "x", "1.0", b)
			img, err := newTestClient(t).Resolve(t.Context(), l.ref(t, "x:1.0"), amd64)
			if err != nil {
				t.Fatal(err)
			}
			layerType := mediatype.TarGzip
			if docker {
				layerType = "application/vnd.docker.image.rootfs.diff.tar.gzip"
			}
			want := &Image{
				Reference: l.ref(t, "x:1.0"),
				Platform:  amd64,
				Digest:    d.Digest,
				Created:   time.Date(2026, 11, 23, 10, 15, 0, 0, time.UTC),
				Config: Config{
					Entrypoint: []string{"/entry point.sh", "a;b", ""},
					Cmd:        []string{"nginx", "-g", "daemon off;"},
					Env:        []string{"PATH=/bin", "PS1=$(whoami)", "odd"},
					User:       "1000:0", WorkingDir: "/srv", StopSignal: "SIGQUIT",
					Volumes: []string{"/a", "/data"},
					Labels:  map[string]string{"k": "v\n<b>"},
				},
				Layers: []Layer{
					{digestOf(b.layers[0]), b.diffIDs[0], layerType, int64(len(b.layers[0]))},
					{digestOf(b.layers[1]), b.diffIDs[1], layerType, int64(len(b.layers[1]))},
				},
			}
			if diff := cmp.Diff(want, img, cmpopts.IgnoreUnexported(Image{}), cmp.Comparer(func(a, b Reference) bool { return a == b })); diff != "" {
				t.Error(diff)
			}
			for i, layer := range img.Layers {
				if got, err := readLayer(t, img, layer); err != nil || !bytes.Equal(got, b.layers[i]) {
					t.Errorf("layer %d: %d bytes, %v", i, len(got), err)
				}
			}
		})
	}
}

func TestOneHeadRequestWhenNothingChanged(t *testing.T) {
	l := newLab(t)
	digest := indexed(t, l, "x", "latest", "1")
	dir := t.TempDir()
	fresh := func() *testClient { return newTestClient(t, func(o *Options) { o.CacheDir = dir }) }
	resolve := func(want string) []string {
		t.Helper()
		img, err := fresh().Resolve(t.Context(), l.ref(t, "x"), amd64)
		if err != nil || img.Digest != want {
			t.Fatal(img, err)
		}
		return l.requests()
	}
	if first := resolve(digest); len(first) != 4 { // HEAD, index, manifest, config
		t.Errorf("at first: %q", first)
	}
	for range 3 {
		if again := resolve(digest); !slices.Equal(again, []string{"HEAD /v2/x/manifests/latest"}) {
			t.Errorf("unchanged: %q", again)
		}
	}
	digest = indexed(t, l, "x", "latest", "2")
	if changed := resolve(digest); len(changed) != 4 {
		t.Errorf("changed: %q", changed)
	}
	if again := resolve(digest); len(again) != 1 {
		t.Errorf("unchanged again: %q", again)
	}

	t.Run("and none for a digest", func(t *testing.T) {
		ref := l.ref(t, "x@"+digest)
		if _, err := fresh().Resolve(t.Context(), ref, amd64); err != nil {
			t.Fatal(err)
		}
		l.Close()
		if _, err := fresh().Resolve(t.Context(), ref, amd64); err != nil {
			t.Fatal(err)
		}
	})
}

func TestManySpecsOfOneRegistryGreetItOnce(t *testing.T) {
	l := newLab(t)
	c := newTestClient(t)
	errs := make(chan error)
	names := []string{"a", "b", "c", "d", "e", "f"}
	for _, repo := range names {
		indexed(t, l, repo, "latest", repo)
	}
	for _, repo := range names {
		go func() {
			_, err := c.Resolve(t.Context(), l.ref(t, repo), amd64)
			errs <- err
		}()
	}
	for range names {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	greetings := 0
	for _, r := range l.asked {
		if r == "GET /v2/" {
			greetings++
		}
	}
	if greetings != 1 {
		t.Errorf("%d greetings", greetings)
	}
}

func TestRegistriesThatRefuseHead(t *testing.T) {
	for name, f := range map[string]fault{
		"405":                         at(http.MethodHead, "/manifests/", status(405, "")),
		"404 to HEAD only":            at(http.MethodHead, "/manifests/", status(404, "")),
		"500 to HEAD only":            at(http.MethodHead, "/manifests/", status(500, "")),
		"200 without a digest":        at(http.MethodHead, "/manifests/", status(200, "")),
		"200 with a malformed digest": at(http.MethodHead, "/manifests/", status(200, "", "Docker-Content-Digest", "sha256:../../x")),
		"no manifests by digest":      at(http.MethodGet, "/manifests/sha256:", status(404, errorBody("MANIFEST_UNKNOWN", "x"))),
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			d := l.push(t, "x", "latest", recipe{}.bake(t))
			l.inject(f)
			c := newTestClient(t)
			img, err := c.Resolve(t.Context(), l.ref(t, "x"), amd64)
			if err != nil || img.Digest != d.Digest {
				t.Fatal(img, err)
			}
			if s := c.sleeps(); len(s) != 0 {
				t.Errorf("waited %v", s)
			}
		})
	}
}

func TestWhatTheRegistrySendsIsVerified(t *testing.T) {
	other := []byte(`{"schemaVersion":2,"mediaType":"` + mediatype.OCIIndex + `","manifests":[]}`)
	for name, c := range map[string]struct {
		fault fault
		says  string
	}{
		"another manifest by digest": {at(http.MethodGet, "/manifests/sha256:", status(200, string(other))), "with the digest " + digestOf(other)},
		"another config":             {at(http.MethodGet, "/blobs/", status(200, "{}")), "bytes instead of"},
		"a page instead of a manifest": {func(w http.ResponseWriter, r *http.Request, h http.Handler) bool {
			return strings.Contains(r.URL.Path, "/manifests/") && status(200, "<html>log in to the guest network</html>")(w, r, h)
		}, "not the JSON of a manifest"},
		"a manifest without end": {func(w http.ResponseWriter, r *http.Request, h http.Handler) bool {
			return strings.Contains(r.URL.Path, "/manifests/") && status(200, strings.Repeat(" ", maxManifest+1))(w, r, h)
		}, "more than 4194304 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			l.push(t, "x", "latest", recipe{}.bake(t))
			l.inject(c.fault)
			client := newTestClient(t)
			_, err := client.Resolve(t.Context(), l.ref(t, "x"), amd64)
			mustContain(t, err, c.says, l.host()+"/x:latest")
			l.heal()
			if _, err := client.Resolve(t.Context(), l.ref(t, "x"), amd64); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

func TestConfigOfTheSameSizeIsVerified(t *testing.T) {
	l := newLab(t)
	b := recipe{}.bake(t)
	l.push(t, "x", "latest", b)
	l.inject(at(http.MethodGet, "/blobs/", status(200, strings.Replace(string(b.config), "hello", "hullo", 1))))
	_, err := newTestClient(t).Resolve(t.Context(), l.ref(t, "x"), amd64)
	mustContain(t, err, "fetching config "+digestOf(b.config))
}

func TestManifestsThatBreakOffAreFetchedAgain(t *testing.T) {
	l := newLab(t)
	d := l.push(t, "x", "latest", recipe{}.bake(t))
	l.inject(times(2, at(http.MethodGet, "/manifests/", cutAfter(40))))
	l.inject(times(2, at(http.MethodGet, "/blobs/", cutAfter(40))))
	c := newTestClient(t)
	img, err := c.Resolve(t.Context(), l.ref(t, "x"), amd64)
	if err != nil || img.Digest != d.Digest {
		t.Fatal(img, err)
	}
	if len(c.sleeps()) != 4 {
		t.Errorf("waited %v", c.sleeps())
	}
}

func TestADamagedCacheHealsItself(t *testing.T) {
	l := newLab(t)
	indexed(t, l, "x", "latest", "1")
	dir := t.TempDir()
	c := newTestClient(t, func(o *Options) { o.CacheDir = dir })
	if _, err := c.Resolve(t.Context(), l.ref(t, "x"), amd64); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(files) != 3 {
		t.Fatalf("cache holds %q", files)
	}
	for i, f := range files {
		if err := os.Truncate(f, int64(10*i)); err != nil {
			t.Fatal(err)
		}
	}
	l.requests()
	if _, err := c.Resolve(t.Context(), l.ref(t, "x"), amd64); err != nil {
		t.Fatal(err)
	}
	if asked := l.requests(); len(asked) != 4 {
		t.Errorf("%q", asked)
	}
	for _, f := range files {
		b, _ := os.ReadFile(f)
		if digestOf(b) != "sha256:"+strings.TrimSuffix(filepath.Base(f), ".json") {
			t.Errorf("%s is still damaged", f)
		}
	}
}

func TestAnEmptyImageResolves(t *testing.T) {
	l := newLab(t)
	l.push(t, "x", "latest", recipe{layers: [][]byte{}}.bake(t))
	img, err := newTestClient(t).Resolve(t.Context(), l.ref(t, "x"), amd64)
	if err != nil || len(img.Layers) != 0 {
		t.Fatal(img, err)
	}
}

func TestCancelEndsAtOnce(t *testing.T) {
	l := newLab(t)
	l.push(t, "x", "latest", recipe{}.bake(t))
	for name, f := range map[string]fault{
		"while the registry is silent": stallAfter(0),
		"while waiting to try again":   status(503, ""),
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			arrived := make(chan struct{}, 100)
			l.heal()
			l.inject(func(w http.ResponseWriter, r *http.Request, h http.Handler) bool {
				arrived <- struct{}{}
				if r.URL.Path == "/v2/" {
					return f(w, r, h)
				}
				return false
			})
			c := newTestClient(t)
			c.transport.(*retrier).pause.sleep = func(ctx context.Context, _ time.Duration) error {
				time.AfterFunc(10*time.Millisecond, cancel)
				return sleep(ctx, time.Hour)
			}
			if name == "while the registry is silent" {
				go func() { <-arrived; cancel() }()
			}
			_, err := c.Resolve(ctx, l.ref(t, "x"), amd64)
			if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
}
