package registry

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
	"lxdocker/internal/oci"
	"lxdocker/internal/oci/ocitest"
)

// indexed pushes an index with an image for amd64 and one for arm64, and returns
// the former's digest.
func indexed(t testing.TB, reg *server, repo, tag string, author string) string {
	t.Helper()
	extra := map[string]any{"author": author}
	a := reg.push(t, repo, "", ocitest.Recipe{Config: extra}.Bake(t))
	b := reg.push(t, repo, "", ocitest.Recipe{Platform: oci.Platform{Architecture: "arm64", Variant: "v8"}, Config: extra}.Bake(t))
	reg.putManifest(t, repo, tag, mediatype.OCIIndex, ocitest.Index(t, ocitest.Entry(a, ocitest.AMD64, nil), ocitest.Entry(b, oci.Platform{Architecture: "arm64", Variant: "v8"}, nil)))
	return a.Digest
}

func TestResolveReturnsTheImage(t *testing.T) {
	for name, docker := range map[string]bool{"OCI": false, "Docker schema 2": true} {
		t.Run(name, func(t *testing.T) {
			reg := newServer(t)
			b := ocitest.Recipe{
				Docker: docker,
				Layers: [][]byte{ocitest.Tar(t, "a", []byte("1")), ocitest.Tar(t, "b", []byte("2"))},
				Config: map[string]any{"config": map[string]any{
					"Entrypoint": []string{"/entry point.sh", "a;b", ""},
					"Cmd":        []string{"nginx", "-g", "daemon off;"},
					"Env":        []string{"PATH=/bin", "PS1=$(whoami)", "odd"},
					"User":       "1000:0",
					"WorkingDir": "/srv",
					"StopSignal": "SIGQUIT",
					"Volumes":    map[string]any{"/data": map[string]any{}, "/a": nil},
					"Healthcheck": map[string]any{
						"Test": []string{"NONE"}, "Interval": "not a number",
					},
				}},
			}.Bake(t)
			d := reg.push(t, "x", "1.0", b)
			img, err := newTestClient(t).Resolve(t.Context(), reg.ref(t, "x:1.0"), ocitest.AMD64)
			if err != nil {
				t.Fatal(err)
			}
			layerType := mediatype.TarGzip
			if docker {
				layerType = "application/vnd.docker.image.rootfs.diff.tar.gzip"
			}
			want := &oci.Image{
				Reference: reg.ref(t, "x:1.0"),
				Platform:  ocitest.AMD64,
				Digest:    d.Digest,
				Created:   time.Date(2026, 11, 23, 10, 15, 0, 0, time.UTC),
				Config: oci.Config{
					Entrypoint: []string{"/entry point.sh", "a;b", ""},
					Cmd:        []string{"nginx", "-g", "daemon off;"},
					Env:        []string{"PATH=/bin", "PS1=$(whoami)", "odd"},
					User:       "1000:0", WorkingDir: "/srv", StopSignal: "SIGQUIT",
					Volumes: []string{"/a", "/data"},
				},
				Layers: []oci.Layer{
					{Digest: oci.DigestOf(b.Layers[0]), DiffID: b.DiffIDs[0], MediaType: layerType, Size: int64(len(b.Layers[0]))},
					{Digest: oci.DigestOf(b.Layers[1]), DiffID: b.DiffIDs[1], MediaType: layerType, Size: int64(len(b.Layers[1]))},
				},
			}
			if diff := cmp.Diff(want, img, cmpopts.IgnoreFields(oci.Image{}, "Blobs", "Chain"), cmp.Comparer(func(a, b oci.Reference) bool { return a == b })); diff != "" {
				t.Error(diff)
			}
			for i, layer := range img.Layers {
				if got, err := ocitest.Read(t, img, layer); err != nil || !bytes.Equal(got, b.Layers[i]) {
					t.Errorf("layer %d: %d bytes, %v", i, len(got), err)
				}
			}
		})
	}
}

func TestOneHeadRequestWhenNothingChanged(t *testing.T) {
	reg := newServer(t)
	digest := indexed(t, reg, "x", "latest", "1")
	dir := t.TempDir()
	fresh := func() *testClient { return newTestClient(t, func(o *testOptions) { o.CacheDir = dir }) }
	resolve := func(want string) []string {
		t.Helper()
		img, err := fresh().Resolve(t.Context(), reg.ref(t, "x"), ocitest.AMD64)
		if err != nil || img.Digest != want {
			t.Fatal(img, err)
		}
		return reg.requests()
	}
	if first := resolve(digest); len(first) != 4 { // HEAD, index, manifest, config
		t.Errorf("at first: %q", first)
	}
	for range 3 {
		if again := resolve(digest); !slices.Equal(again, []string{"HEAD /v2/x/manifests/latest"}) {
			t.Errorf("unchanged: %q", again)
		}
	}
	digest = indexed(t, reg, "x", "latest", "2")
	if changed := resolve(digest); len(changed) != 4 {
		t.Errorf("changed: %q", changed)
	}
	if again := resolve(digest); len(again) != 1 {
		t.Errorf("unchanged again: %q", again)
	}

	t.Run("no request for a digest that is known", func(t *testing.T) {
		ref := reg.ref(t, "x@"+digest)
		if _, err := fresh().Resolve(t.Context(), ref, ocitest.AMD64); err != nil {
			t.Fatal(err)
		}
		reg.Close()
		if _, err := fresh().Resolve(t.Context(), ref, ocitest.AMD64); err != nil {
			t.Fatal(err)
		}
	})
}

func TestManySpecsOfOneRegistryPingItOnce(t *testing.T) {
	reg := newServer(t)
	c := newTestClient(t)
	errs := make(chan error)
	names := []string{"a", "b", "c", "d", "e", "f"}
	for _, repo := range names {
		indexed(t, reg, repo, "latest", repo)
	}
	for _, repo := range names {
		go func() {
			_, err := c.Resolve(t.Context(), reg.ref(t, repo), ocitest.AMD64)
			errs <- err
		}()
	}
	for range names {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	pings := 0
	for _, r := range reg.asked {
		if r == "GET /v2/" {
			pings++
		}
	}
	if pings != 1 {
		t.Errorf("%d pings", pings)
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
			reg := newServer(t)
			d := reg.push(t, "x", "latest", ocitest.Recipe{}.Bake(t))
			reg.inject(f)
			c := newTestClient(t)
			img, err := c.Resolve(t.Context(), reg.ref(t, "x"), ocitest.AMD64)
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
		"another manifest by digest": {at(http.MethodGet, "/manifests/sha256:", status(200, string(other))), "with the digest " + oci.DigestOf(other)},
		"another config":             {at(http.MethodGet, "/blobs/", status(200, "{}")), "bytes instead of"},
		"a page instead of a manifest": {func(w http.ResponseWriter, r *http.Request, h http.Handler) bool {
			return strings.Contains(r.URL.Path, "/manifests/") && status(200, "<html>log in to the guest network</html>")(w, r, h)
		}, "not the JSON of a manifest"},
		"a manifest without end": {func(w http.ResponseWriter, r *http.Request, h http.Handler) bool {
			return strings.Contains(r.URL.Path, "/manifests/") && status(200, strings.Repeat(" ", oci.MaxManifest+1))(w, r, h)
		}, "more than 4194304 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			reg := newServer(t)
			reg.push(t, "x", "latest", ocitest.Recipe{}.Bake(t))
			reg.inject(c.fault)
			client := newTestClient(t)
			_, err := client.Resolve(t.Context(), reg.ref(t, "x"), ocitest.AMD64)
			ocitest.MustSay(t, err, c.says)
			reg.heal()
			if _, err := client.Resolve(t.Context(), reg.ref(t, "x"), ocitest.AMD64); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

func TestConfigOfTheSameSizeIsVerified(t *testing.T) {
	reg := newServer(t)
	b := ocitest.Recipe{}.Bake(t)
	reg.push(t, "x", "latest", b)
	reg.inject(at(http.MethodGet, "/blobs/", status(200, strings.Replace(string(b.Config), "hello", "hullo", 1))))
	_, err := newTestClient(t).Resolve(t.Context(), reg.ref(t, "x"), ocitest.AMD64)
	ocitest.MustSay(t, err, "fetching config "+oci.DigestOf(b.Config))
}

func TestManifestsThatBreakOffAreFetchedAgain(t *testing.T) {
	reg := newServer(t)
	d := reg.push(t, "x", "latest", ocitest.Recipe{}.Bake(t))
	reg.inject(times(2, at(http.MethodGet, "/manifests/", cutAfter(40))))
	reg.inject(times(2, at(http.MethodGet, "/blobs/", cutAfter(40))))
	c := newTestClient(t)
	img, err := c.Resolve(t.Context(), reg.ref(t, "x"), ocitest.AMD64)
	if err != nil || img.Digest != d.Digest {
		t.Fatal(img, err)
	}
	if len(c.sleeps()) != 4 {
		t.Errorf("waited %v", c.sleeps())
	}
}

func TestADamagedCacheHealsItself(t *testing.T) {
	reg := newServer(t)
	indexed(t, reg, "x", "latest", "1")
	dir := t.TempDir()
	c := newTestClient(t, func(o *testOptions) { o.CacheDir = dir })
	if _, err := c.Resolve(t.Context(), reg.ref(t, "x"), ocitest.AMD64); err != nil {
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
	reg.requests()
	if _, err := c.Resolve(t.Context(), reg.ref(t, "x"), ocitest.AMD64); err != nil {
		t.Fatal(err)
	}
	if asked := reg.requests(); len(asked) != 4 {
		t.Errorf("%q", asked)
	}
	for _, f := range files {
		b, _ := os.ReadFile(f)
		if oci.DigestOf(b) != "sha256:"+strings.TrimSuffix(filepath.Base(f), ".json") {
			t.Errorf("%s is still damaged", f)
		}
	}
}

func TestAnEmptyImageResolves(t *testing.T) {
	reg := newServer(t)
	reg.push(t, "x", "latest", ocitest.Recipe{Layers: [][]byte{}}.Bake(t))
	img, err := newTestClient(t).Resolve(t.Context(), reg.ref(t, "x"), ocitest.AMD64)
	if err != nil || len(img.Layers) != 0 {
		t.Fatal(img, err)
	}
}

func TestCancelEndsAtOnce(t *testing.T) {
	reg := newServer(t)
	reg.push(t, "x", "latest", ocitest.Recipe{}.Bake(t))
	for name, f := range map[string]fault{
		"while the registry is silent": stallAfter(0),
		"while waiting to try again":   status(503, ""),
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			arrived := make(chan struct{}, 100)
			reg.heal()
			reg.inject(func(w http.ResponseWriter, r *http.Request, h http.Handler) bool {
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
			_, err := c.Resolve(ctx, reg.ref(t, "x"), ocitest.AMD64)
			if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
}
