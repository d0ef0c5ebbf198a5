package registry

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/failure"
	"lxdocker/internal/oci"
	"lxdocker/internal/oci/ocitest"
)

func TestAMirrorIsAskedFirst(t *testing.T) {
	for name, as := range map[string]string{"Docker Hub": "docker.io", "another one": "quay.io", "one with a port": "registry.invalid:5000"} {
		t.Run(name, func(t *testing.T) {
			reg := newServer(t)
			reg.push(t, "library/x", "1", ocitest.Recipe{Layers: [][]byte{ocitest.Tar(t, "a", []byte("1"))}}.Bake(t))
			c := newTestClient(t, func(o *testOptions) { o.Mirrors = []string{as + "=" + reg.host()} })
			ref := ocitest.Parse(t, as+"/library/x:1")
			img, err := c.Resolve(t.Context(), ref, ocitest.AMD64)
			if err != nil {
				t.Fatal(err)
			}
			if img.Reference != ref {
				t.Errorf("it is called %s", img.Reference)
			}
			if got, err := ocitest.Read(t, img, img.Layers[0]); err != nil || oci.DigestOf(got) != img.Layers[0].Digest {
				t.Errorf("the layer has %d bytes (%v)", len(got), err)
			}
		})
	}
}

func TestWrongMirrors(t *testing.T) {
	for _, text := range []string{"", "docker.io", "=x", "docker.io=", "docker.io=https://x", "a/b=c", "docker.io=u@h", "docker.io=h:"} {
		if _, err := NewClient(Options{CacheDir: t.TempDir(), Mirrors: []string{text}}); err == nil || !strings.Contains(err.Error(), "write REGISTRY=HOST") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// mirrored is a registry and its mirror, which have the same image, and a client of
// both.
type mirrored struct {
	registry, mirror *server
	client           *testClient
	image            ocitest.Baked
	now              time.Time
}

func newMirrored(t *testing.T) *mirrored {
	t.Helper()
	m := &mirrored{registry: newServer(t), mirror: newServer(t), now: time.Now()}
	m.image = bigImage(t)
	for _, reg := range []*server{m.registry, m.mirror} {
		reg.push(t, "x", "latest", m.image)
	}
	m.newClient(t)
	return m
}

// newClient is a client that knows nothing yet.
func (m *mirrored) newClient(t *testing.T) {
	m.client = newTestClient(t, func(o *testOptions) { o.Mirrors = []string{m.registry.host() + "=" + m.mirror.host()} })
	m.client.mirrors.now = func() time.Time { return m.now }
}

// read resolves the image and reads its layer.
func (m *mirrored) read(t *testing.T) error {
	t.Helper()
	img, err := m.client.Resolve(t.Context(), m.registry.ref(t, "x"), ocitest.AMD64)
	if err != nil {
		return err
	}
	got, err := ocitest.Read(t, img, img.Layers[0])
	if err == nil && !bytes.Equal(got, m.image.Layers[0]) {
		t.Errorf("other bytes, %d of %d", len(got), len(m.image.Layers[0]))
	}
	return err
}

func TestTheRegistryIsAskedWhereItsMirrorCannotAnswer(t *testing.T) {
	hangUp := func(http.ResponseWriter, *http.Request, http.Handler) bool { panic(http.ErrAbortHandler) }
	for name, f := range map[string]fault{
		"is in trouble":                 status(503, ""),
		"limits its rate":               status(429, "", "Retry-After", "3600"),
		"has no images":                 at(http.MethodGet, "/x/", status(404, "")),
		"lacks the manifest":            at(http.MethodGet, "/manifests/", status(404, "")),
		"lacks the tag":                 at(http.MethodHead, "/manifests/", status(404, "")),
		"lacks the config and layers":   at(http.MethodGet, "/blobs/", status(404, "")),
		"hangs up":                      hangUp,
		"hangs up within each manifest": at(http.MethodGet, "/manifests/", cutAfter(20)),
		"hangs up within each layer":    at(http.MethodGet, "/blobs/", cutAfter(700_000)),
		"is no registry":                status(404, "<html>"),
		"is too slow":                   status(408, ""),
	} {
		t.Run(name, func(t *testing.T) {
			m := newMirrored(t)
			m.mirror.inject(f)
			if err := m.read(t); err != nil {
				t.Fatal(err)
			}
			if len(m.mirror.asked) == 0 || len(m.registry.asked) == 0 {
				t.Errorf("the mirror was asked %d times, the registry %d times", len(m.mirror.asked), len(m.registry.asked))
			}
		})
	}
	t.Run("does not exist", func(t *testing.T) {
		m := newMirrored(t)
		m.mirror.Close()
		if err := m.read(t); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("falls silent", func(t *testing.T) {
		m := newMirrored(t)
		m.mirror.inject(at(http.MethodGet, "/blobs/", stallAfter(900_000)))
		m.client.guard().timeout = 100 * time.Millisecond
		if err := m.read(t); err != nil {
			t.Fatal(err)
		}
	})
}

func TestTheRegistryIsAskedWhereItsMirrorSendsOtherBytes(t *testing.T) {
	for name, f := range map[string]fault{
		"another manifest":    at(http.MethodGet, "/manifests/sha256:", status(200, `{"schemaVersion":2,"manifests":[]}`)),
		"a page":              at(http.MethodGet, "/manifests/sha256:", status(200, "<html>")),
		"a config of its own": at(http.MethodGet, "/blobs/", status(200, "{}")),
	} {
		t.Run(name, func(t *testing.T) {
			m := newMirrored(t)
			m.mirror.inject(f)
			if err := m.read(t); err != nil {
				t.Errorf("%v: %v", failure.KindOf(err), err)
			}
			if len(m.registry.asked) == 0 {
				t.Error("the registry was not asked")
			}
		})
	}
}

func TestTheRegistryIsNotAskedWhereItsMirrorDoesAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		fault fault
		want  failure.Kind
	}{
		"with what is asked for":     {nil, failure.Internal},
		"that access is forbidden":   {at(http.MethodGet, "/manifests/", status(403, "")), failure.Denied},
		"with a manifest of 5 MiB":   {at(http.MethodGet, "/manifests/", status(200, strings.Repeat(" ", 5<<20))), failure.TooLarge},
		"with something else by tag": {at("", "/manifests/", status(200, "<html>")), failure.Corrupt},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMirrored(t)
			if c.fault != nil {
				m.mirror.inject(c.fault)
			}
			if err := m.read(t); (err == nil) != (c.want == failure.Internal) || err != nil && failure.KindOf(err) != c.want {
				t.Errorf("%v: %v", failure.KindOf(err), err)
			}
			if len(m.registry.asked) > 0 {
				t.Errorf("the registry was asked %q", m.registry.asked)
			}
		})
	}
}

func TestAMirrorThatIsDownIsAskedLast(t *testing.T) {
	m := newMirrored(t)
	m.mirror.inject(status(503, ""))
	asked := func() (mirror, registry int) {
		t.Helper()
		before := m.client.mirrors.down
		m.newClient(t)
		m.client.mirrors.down = before
		m.mirror.asked, m.registry.asked = nil, nil
		if err := m.read(t); err != nil {
			t.Fatal(err)
		}
		return len(m.mirror.asked), len(m.registry.asked)
	}
	if mirror, registry := asked(); mirror != mirrorAttempts || registry == 0 {
		t.Errorf("at first the mirror was asked %d times, the registry %d times", mirror, registry)
	}
	if mirror, registry := asked(); mirror != 0 || registry == 0 {
		t.Errorf("then the mirror was asked %d times, the registry %d times", mirror, registry)
	}
	m.mirror.heal()
	m.registry.inject(status(503, ""))
	if mirror, registry := asked(); mirror == 0 || registry == 0 {
		t.Errorf("with the registry down the mirror was asked %d times, the registry %d times", mirror, registry)
	}
	m.now = m.now.Add(mirrorDown + time.Second)
	if mirror, registry := asked(); mirror == 0 || registry != 0 {
		t.Errorf("a minute later the mirror was asked %d times, the registry %d times", mirror, registry)
	}
}

func TestWhereBothFailBothAreNamed(t *testing.T) {
	m := newMirrored(t)
	m.mirror.inject(status(503, "", "Retry-After", "1"))
	m.registry.Close()
	err := m.read(t)
	ocitest.MustSay(t, err, m.registry.host(), "connection refused", "asked before", m.mirror.host()+" answers 503")
	if failure.KindOf(err) != failure.Unavailable {
		t.Error(failure.KindOf(err))
	}
}

func TestWhoLeavesSaysNothingAboutTheMirror(t *testing.T) {
	for name, part := range map[string]string{"while it resolves": "/v2/", "while a layer arrives": "/blobs/"} {
		t.Run(name, func(t *testing.T) {
			m := newMirrored(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			m.mirror.inject(at(http.MethodGet, part, func(w http.ResponseWriter, r *http.Request, h http.Handler) bool {
				if part == "/blobs/" && !strings.HasSuffix(r.URL.Path, oci.DigestOf(m.image.Layers[0])) {
					return false
				}
				cancel()
				<-r.Context().Done()
				return true
			}))
			img, err := m.client.Resolve(ctx, m.registry.ref(t, "x"), ocitest.AMD64)
			if err == nil {
				_, err = img.Open(ctx, img.Layers[0])
			}
			if err == nil {
				t.Error("no error")
			}
			if len(m.registry.asked) > 0 {
				t.Errorf("the registry was asked %q", m.registry.asked)
			}
			if len(m.client.mirrors.down) > 0 {
				t.Errorf("down: %v", m.client.mirrors.down)
			}
		})
	}
	t.Run("while a layer is read", func(t *testing.T) {
		m := newMirrored(t)
		m.mirror.inject(at(http.MethodGet, "/blobs/"+oci.DigestOf(m.image.Layers[0]), stallAfter(500_000)))
		img, err := m.client.Resolve(t.Context(), m.registry.ref(t, "x"), ocitest.AMD64)
		if err != nil {
			t.Fatal(err)
		}
		r, err := img.Open(t.Context(), img.Layers[0])
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(50*time.Millisecond, func() { _ = r.Close() })
		if _, err := io.Copy(io.Discard, r); err == nil {
			t.Error("no error")
		}
		if len(m.client.mirrors.down) > 0 {
			t.Errorf("down: %v", m.client.mirrors.down)
		}
	})
}

func TestQuotasAreThoseOfTheMirror(t *testing.T) {
	m := newMirrored(t)
	m.mirror.inject(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
		w.Header().Set("RateLimit-Limit", "100;w=3600")
		w.Header().Set("RateLimit-Remaining", "0;w=3600")
		return false
	})
	if err := m.read(t); err != nil {
		t.Fatal(err)
	}
	if m.client.RateLimitedUntil(m.registry.ref(t, "x")).IsZero() {
		t.Error("the mirror is not left alone")
	}
	if slices.Contains(m.registry.asked, "GET /v2/") {
		t.Error("the registry was asked")
	}
}

// TestStrangersAreNotToldWhereAMirrorIs, but that it was asked.
func TestStrangersAreNotToldWhereAMirrorIs(t *testing.T) {
	m := newMirrored(t)
	m.registry.Close()
	_, err := m.client.Resolve(t.Context(), m.registry.ref(t, "x:none"), ocitest.AMD64)
	want := m.registry.host() + " cannot be reached from here, or gives no answer; a mirror of it answers 404 Not Found"
	if got := failure.PublicText(err); got != want {
		t.Errorf("they are told %q", got)
	}
	if err == nil || !strings.Contains(err.Error(), m.mirror.host()) {
		t.Errorf("the log has only %v", err)
	}
	// A mirror that is known to be down is asked last.
	m.client.mirrors.failed(m.mirror.host())
	for _, end := range []func(){func() {}, m.mirror.Close} {
		end()
		_, err := m.client.Resolve(t.Context(), m.registry.ref(t, "x:none"), ocitest.AMD64)
		if got := failure.PublicText(err); !strings.Contains(got, "a mirror of ") || strings.Contains(got, m.mirror.host()) {
			t.Errorf("they are told %q", got)
		}
	}
}
