package imageapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"lxdocker/internal/catalog"
	"lxdocker/internal/image"
	"lxdocker/internal/imageapi"
	"lxdocker/internal/store"
	"lxdocker/internal/store/dir"
	"lxdocker/internal/store/storetest"
)

// What real daemons call themselves, and the command lines of two of them.
const (
	lxd5       = lxc5 + " (dir 1)"
	lxd521     = "LXD 5.21.2 LTS (Linux; aarch64; 6.8.0-31-generic; Ubuntu; 24.04) (zfs 2.2.2; dir 1) (cluster)"
	incus60    = "Incus 6.0.4 (Linux; x86_64; 6.1.0; Debian GNU/Linux; 12) (btrfs 6.2)"
	incus7     = incusCLI7 + " (dir 1)"
	incusOnPi  = "Incus 7.0.2 (Linux; aarch64; 6.18.0; Debian GNU/Linux; 13) (dir 1)"
	lxdOn32bit = "LXD 5.0.2 (Linux; armv7l; 6.1.0; Raspbian GNU/Linux; 12) (lvm 2.03)"

	lxc5      = "LXD 5.0.2 (Linux; x86_64; 6.1.0; Debian GNU/Linux; 12)"
	incusCLI7 = "Incus 7.0.2 (Linux; x86_64; 6.18.0; Debian GNU/Linux; 13)"
)

// fixture is the API over a store with a few images.
type fixture struct {
	t     testing.TB
	store store.Store
	clock *storetest.Clock
	hub   imageapi.Hub
	fresh func(ctx context.Context, v image.Version, waits bool) image.Version
	end   chan struct{}

	nginx, nginxARM, old, ping, uni, tool, redis image.Version
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{t: t, clock: storetest.NewClock(), end: make(chan struct{})}
	var err error
	if f.store, err = dir.Open(filepath.Join(t.TempDir(), "images"), dir.WithClock(f.clock.Time)); err != nil {
		t.Fatal(err)
	}
	nginx := image.Version{
		Name: "nginx", Architecture: "amd64", Source: "docker.io/library/nginx:1.27", SourceDigest: "sha256:00", Release: "1.27",
		Description: "a web server", Aliases: []string{"web", "nginx:1.27"}, Requirements: map[string]string{"nesting": "true"},
	}
	f.old = f.split(nginx, "old metadata", "old squashfs")
	if err := f.store.Retire(t.Context(), f.clock.Now, f.old); err != nil {
		t.Fatal(err)
	}
	f.clock.Now = f.clock.Now.Add(time.Hour)
	f.nginx = f.split(nginx, "metadata", "squashfs")
	nginx.Architecture = "arm64"
	f.nginxARM = f.split(nginx, "metadata", "squashfs of arm64")
	f.ping = storetest.Tarball(t, f.store, image.Version{Name: "ping", Architecture: "amd64"}, []byte("metadata"), []byte("squashfs of ping"), []byte("tarball of ping"))
	f.uni = storetest.Unified(t, f.store, image.Version{Name: "uni", Architecture: "armhf", Aliases: []string{"one/i386"}}, "lxd_combined.tar.gz", []byte("unified"))
	f.tool = f.split(image.Version{
		Name: "tool", Architecture: "i386", Source: "oci:/srv/secret/layout:latest", Aliases: []string{"web"},
		Properties: map[string]string{"type": "squashfs", "os": "Debian", "owner": "me & <you>"},
	}, "metadata", "squashfs of tool")
	f.redis = f.split(image.Version{
		Name: "docker.io_library_redis_7", Architecture: "arm64", Hub: true, Source: "docker.io/library/redis:7", SourceDigest: "sha256:07",
		Release: "7", Description: "docker.io/library/redis:7", Aliases: []string{"redis:7", "library/redis:7", "docker.io/library/redis:7"},
	}, "metadata", "squashfs of redis")
	return f
}

func (f *fixture) split(v image.Version, metadata, squashfs string) image.Version {
	f.t.Helper()
	return storetest.Split(f.t, f.store, v, []byte(metadata), []byte(squashfs))
}

func (f *fixture) api() http.Handler {
	return imageapi.NewOn("amd64", imageapi.Options{
		Catalog: func(ctx context.Context) (*catalog.Catalog, error) {
			now, err := f.store.Versions(ctx)
			if err != nil {
				return nil, err
			}
			return catalog.New(maps.Collect(now.All())), nil
		},
		Open: f.store.OpenFile, Check: f.store.Check, Hub: f.hub, Fresh: f.fresh, Ending: f.end,
	})
}

// answer is a response in the envelope.
type answer struct {
	status   int
	header   http.Header
	body     string
	text     string // of an error
	metadata json.RawMessage
}

func (f *fixture) ask(agent, method, target string) answer {
	f.t.Helper()
	r := httptest.NewRequest(method, target, nil)
	r.Header.Set("User-Agent", agent)
	return f.do(r)
}

func (f *fixture) do(r *http.Request) answer {
	f.t.Helper()
	w := httptest.NewRecorder()
	f.api().ServeHTTP(w, r)
	a := answer{status: w.Code, header: w.Header(), body: w.Body.String()}
	if w.Header().Get("Content-Type") != "application/json" || r.Method == http.MethodHead {
		return a
	}
	var e struct {
		Type, Status string
		StatusCode   int    `json:"status_code"`
		ErrorCode    int    `json:"error_code"`
		Error        string `json:"error"`
		Metadata     json.RawMessage
		Operation    *string
	}
	d := json.NewDecoder(bytes.NewReader(w.Body.Bytes()))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		f.t.Fatalf("%s %s: %v in %q", r.Method, r.URL, err, a.body)
	}
	good := e.Type == "sync" && e.Status == "Success" && e.StatusCode == a.status && e.ErrorCode == 0 && e.Error == ""
	bad := e.Type == "error" && e.Status == "" && e.StatusCode == 0 && e.ErrorCode == a.status && e.Error != "" && string(e.Metadata) == "null"
	if a.status == 200 && !good || a.status != 200 && !bad || e.Operation == nil || *e.Operation != "" {
		f.t.Errorf("%s %s: %d with the envelope %s", r.Method, r.URL, a.status, a.body)
	}
	a.text, a.metadata = e.Error, e.Metadata
	return a
}

// target is the fingerprint that an alias means.
func (a answer) target(t testing.TB) string {
	t.Helper()
	var e struct{ Target string }
	if a.status != 200 {
		return ""
	}
	if err := json.Unmarshal(a.metadata, &e); err != nil {
		t.Fatal(err)
	}
	return e.Target
}
