package registry

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"

	"lxdocker/internal/failure"
	"lxdocker/internal/oci"
	"lxdocker/internal/oci/ocitest"
)

// imageOf is an image with one layer.
func imageOf(t *testing.T, content string) ocitest.Baked {
	return ocitest.Recipe{Layers: [][]byte{ocitest.Tar(t, "file", []byte(content))}}.Bake(t)
}

func TestStrangersGetADigestFromARepositoryThatHasIt(t *testing.T) {
	reg := newServer(t)
	d := reg.push(t, "private/x", "latest", imageOf(t, "secret"))
	c := newTestClient(t)
	if _, err := c.Resolve(t.Context(), reg.ref(t, "private/x"), ocitest.AMD64); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Resolve(t.Context(), reg.ref(t, "public/y@"+d.Digest), ocitest.AMD64); err != nil {
		t.Errorf("a spec: %v", err)
	}
	_, err := c.ForStrangers().Resolve(t.Context(), reg.ref(t, "public/y@"+d.Digest), ocitest.AMD64)
	if failure.KindOf(err) != failure.NotFound {
		t.Errorf("a stranger gets it under another repository: %v", err)
	}
	for range 2 {
		if _, err := c.ForStrangers().Resolve(t.Context(), reg.ref(t, "private/x@"+d.Digest), ocitest.AMD64); err != nil {
			t.Errorf("a stranger does not get it where it is: %v", err)
		}
	}
	// Once it is known, one HEAD is enough: a GET counts as a pull.
	reg.requests()
	_, _ = c.ForStrangers().Resolve(t.Context(), reg.ref(t, "private/x@"+d.Digest), ocitest.AMD64)
	if got := strings.Join(reg.requests(), ", "); got != "HEAD /v2/private/x/manifests/"+d.Digest {
		t.Errorf("it was asked %s", got)
	}
}

// TestARegistryCannotClaimWhatItHasNot: its headers name a digest that is in the cache.
func TestARegistryCannotClaimWhatItHasNot(t *testing.T) {
	good, evil := newServer(t), newServer(t)
	d := good.push(t, "x", "latest", imageOf(t, "secret"))
	c := newTestClient(t)
	if _, err := c.Resolve(t.Context(), good.ref(t, "x"), ocitest.AMD64); err != nil {
		t.Fatal(err)
	}
	evil.inject(func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if r.Method != http.MethodHead {
			return false
		}
		w.Header().Set("Docker-Content-Digest", d.Digest)
		return true
	})
	for _, name := range []string{"x:latest", "x@" + d.Digest} {
		if img, err := c.ForStrangers().Resolve(t.Context(), evil.ref(t, name), ocitest.AMD64); err == nil {
			t.Errorf("%s is %s", name, img.Digest)
		}
	}
}

func TestALayerCountsIfTheRepositoryHasIt(t *testing.T) {
	good, evil := newServer(t), newServer(t)
	b := imageOf(t, "secret")
	good.push(t, "x", "latest", b)
	layer := oci.Layer{Digest: oci.DigestOf(b.Layers[0]), Size: int64(len(b.Layers[0]))}
	c := newTestClient(t).ForStrangers()
	at := func(s *server, name string) *repository {
		r, err := newRepository(c, s.ref(t, name))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	good.requests()
	for i, want := range []string{"GET /v2/x/blobs/", "HEAD /v2/x/blobs/"} {
		if err := at(good, "x").Prove(t.Context(), layer); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(good.requests(), ", "); got != want+layer.Digest {
			t.Errorf("time %d: it was asked %s", i, got)
		}
	}
	// This registry library has blobs for all repositories; a real one has not.
	good.inject(func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if strings.HasPrefix(r.URL.Path, "/v2/y/blobs/") {
			http.Error(w, "", http.StatusNotFound)
			return true
		}
		return false
	})
	if err := at(good, "y").Prove(t.Context(), layer); failure.KindOf(err) != failure.NotFound {
		t.Errorf("a repository that has it not: %v", err)
	}
	evil.inject(func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/blobs/") {
			_, _ = w.Write(make([]byte, layer.Size))
			return true
		}
		return r.Method == http.MethodHead
	})
	for range 2 {
		if err := at(evil, "x").Prove(t.Context(), layer); failure.KindOf(err) != failure.Corrupt {
			t.Errorf("a registry that says it has it: %v", err)
		}
	}
}

func TestStrangersAreNotServedWithOurLogins(t *testing.T) {
	reg := newServer(t)
	reg.push(t, "team/x", "latest", imageOf(t, "secret"))
	reg.inject(basicAuth("user", "pa55w0rd"))
	for shared, want := range map[bool]failure.Kind{false: failure.Denied, true: -1} {
		c := newTestClient(t, func(o *testOptions) { o.StrangersLogin = shared })
		c.keychains = []authn.Keychain{login{Username: "user", Password: "pa55w0rd"}}
		if _, err := c.Resolve(t.Context(), reg.ref(t, "team/x"), ocitest.AMD64); err != nil {
			t.Errorf("a spec: %v", err)
		}
		_, err := c.ForStrangers().Resolve(t.Context(), reg.ref(t, "team/x"), ocitest.AMD64)
		if err == nil != (want < 0) || err != nil && failure.KindOf(err) != want {
			t.Errorf("shared %v: %v", shared, err)
		}
		if text := failure.PublicText(err); err != nil && (text == "" || strings.Contains(text, "login")) {
			t.Errorf("strangers are told %q", text)
		}
	}
}

func TestWhatStrangersBroughtIsForgotten(t *testing.T) {
	reg := newServer(t)
	b := imageOf(t, "x")
	d := reg.push(t, "x", "latest", b)
	c := newTestClient(t)
	img, err := c.ForStrangers().Resolve(t.Context(), reg.ref(t, "x"), ocitest.AMD64)
	if err != nil {
		t.Fatal(err)
	}
	img.Blobs.(oci.Prover).Proved(img.Layers[0])
	count := func() int {
		files, _ := filepath.Glob(filepath.Join(c.cache.dir, strangersFolder, "*", "*"))
		return len(files)
	}
	if count() != 3 {
		t.Fatalf("there are %d files", count())
	}
	for _, want := range []int{3, 2, 0} {
		keep, age := true, time.Hour
		if want < 3 {
			keep, age = want == 2, 0
		}
		if err := c.Collect(func(digest string) bool { return keep && digest == d.Digest }, age); err != nil {
			t.Fatal(err)
		}
		if count() != want {
			t.Errorf("there are %d files, want %d", count(), want)
		}
	}
	if left, _ := os.ReadDir(filepath.Join(c.cache.dir, strangersFolder)); len(left) > 0 {
		t.Errorf("there is still %v", left)
	}
}
