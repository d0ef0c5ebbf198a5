package registry

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"

	"lxdocker/internal/failure"
	"lxdocker/internal/mediatype"
	"lxdocker/internal/oci"
	"lxdocker/internal/oci/ocitest"
	"lxdocker/internal/signature/signaturetest"
)

// repo is a repository of the server, for attaching.
func (reg *server) repo(name string) signaturetest.Pushed {
	return signaturetest.Pushed{Base: reg.URL + "/v2/" + name}
}

// attacher resolves an image, and returns what else its repository has.
func attacher(t testing.TB, c *testClient, ref oci.Reference) (oci.Attacher, *oci.Image) {
	t.Helper()
	img, err := c.Resolve(t.Context(), ref, ocitest.AMD64)
	if err != nil {
		t.Fatal(err)
	}
	return img.Blobs.(oci.Attacher), img
}

func digests(all []oci.Descriptor) (out []string) {
	for _, d := range all {
		out = append(out, d.Digest)
	}
	return out
}

// TestReferrersAreListed by registries that know them, and by the tag for others.
func TestReferrersAreListed(t *testing.T) {
	signer := signaturetest.New(t)
	for name, known := range map[string]bool{"by the registry": true, "by a tag": false} {
		t.Run(name, func(t *testing.T) {
			reg := newServer(t)
			reg.registry = registry.New(registry.Logger(log.New(io.Discard, "", 0)), registry.WithReferrersSupport(known))
			d := reg.push(t, "app", "1", ocitest.Recipe{}.Bake(t))
			e := signaturetest.Referrer(t, reg.repo("app"), d.Digest, signer.Bundle(t, d.Digest, nil))
			if !known {
				signaturetest.Fallback(t, reg.repo("app"), d.Digest, e)
			}
			a, img := attacher(t, newTestClient(t), reg.ref(t, "app:1"))
			if !slices.Equal(img.Chain, []string{d.Digest}) {
				t.Errorf("the chain is %q", img.Chain)
			}
			all, err := a.Referrers(t.Context(), d.Digest)
			if err != nil || !slices.Equal(digests(all), []string{e["digest"].(string)}) {
				t.Fatalf("%+v, %v", all, err)
			}
			if raw, err := a.Manifest(t.Context(), all[0]); err != nil || oci.DigestOf(raw) != all[0].Digest {
				t.Error(err)
			}
			if all, err := a.Referrers(t.Context(), ocitest.SomeDigest); err != nil || len(all) > 0 {
				t.Errorf("of an image without: %+v, %v", all, err)
			}
		})
	}
}

// TestAListOfReferrersHasPages: they are asked for in the same repository, wherever the
// registry says that they are.
func TestAListOfReferrersHasPages(t *testing.T) {
	entry := func(n int) map[string]any {
		return map[string]any{"mediaType": mediatype.OCIManifest, "digest": oci.DigestOf([]byte(fmt.Sprint(n))), "size": 100}
	}
	for name, c := range map[string]struct {
		page func(n int) string // the header of page n, from 0
		each int
		want int
	}{
		"one":               {func(int) string { return "" }, 3, 3},
		"two":               {func(n int) string { return []string{`</v2/app/referrers/x?page=1>; rel="next"`, ""}[n] }, 3, 6},
		"one, by its words": {func(n int) string { return `</v2/app/referrers/x?page=1>; rel="prev"` }, 3, 3},
		"elsewhere":         {func(n int) string { return []string{`<http://192.0.2.1/?page=1>; rel="next"`, ""}[n] }, 3, 6},
		"without an end":    {func(n int) string { return fmt.Sprintf(`</?page=%d>; rel="next"`, n+1) }, 3, 3 * maxPages},
		"many in each":      {func(n int) string { return fmt.Sprintf(`</?page=%d>; rel="next"`, n+1) }, 200, maxReferrers},
	} {
		t.Run(name, func(t *testing.T) {
			reg := newServer(t)
			reg.push(t, "app", "1", ocitest.Recipe{}.Bake(t))
			reg.inject(at("GET", "/referrers/", func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
				n := 0
				fmt.Sscan(r.URL.Query().Get("page"), &n)
				if link := c.page(n); link != "" {
					w.Header().Set("Link", link)
				}
				var entries []map[string]any
				for i := range c.each {
					entries = append(entries, entry(n*c.each+i))
				}
				w.Write(ocitest.Index(t, entries...))
				return true
			}))
			a, img := attacher(t, newTestClient(t), reg.ref(t, "app:1"))
			all, err := a.Referrers(t.Context(), img.Digest)
			if err != nil || len(all) != c.want {
				t.Errorf("%d entries: %v", len(all), err)
			}
		})
	}
}

// TestWhatIsAttachedMayBeMissingOrLate: a registry that does not know such things has none; of
// one that is away, nobody knows.
func TestWhatIsAttachedMayBeMissingOrLate(t *testing.T) {
	for name, c := range map[string]struct {
		fault fault
		kind  failure.Kind // Internal: there is no error
	}{
		"a path that nobody knows":   {status(404, "404 page not found"), failure.Internal},
		"a method that nobody knows": {status(405, ""), failure.Internal},
		"a bad request":              {status(400, ""), failure.Internal},
		"a page for people":          {status(200, "<html>"), failure.Internal},
		"an index of nothing":        {status(200, `{"manifests":null}`), failure.Internal},
		"nothing of the kind":        {status(501, ""), failure.Internal},
		"nobody may":                 {status(403, ""), failure.Denied},
		"nobody knows who asks":      {status(401, ""), failure.Denied},
		"a full disk":                {status(507, ""), failure.Unavailable},
		"a proxy without the rest":   {status(521, ""), failure.Unavailable},
		"too many requests":          {status(429, ""), failure.RateLimited},
		"a fault":                    {status(503, ""), failure.Unavailable},
		"a list without an end":      {status(200, strings.Repeat(" ", oci.MaxManifest+1)), failure.TooLarge},
		"a connection that is cut off": {func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
			return cutAfter(1)(w, r, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`{"manifests":[]}`)) }))
		}, failure.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			reg := newServer(t)
			d := reg.push(t, "app", "1", ocitest.Recipe{}.Bake(t))
			a, _ := attacher(t, newTestClient(t), reg.ref(t, "app:1"))
			reg.inject(at("GET", "/referrers/", c.fault))
			all, err := a.Referrers(t.Context(), d.Digest)
			switch {
			case c.kind == failure.Internal && (err != nil || len(all) > 0):
				t.Errorf("%+v, %v", all, err)
			case c.kind != failure.Internal && failure.KindOf(err) != c.kind:
				t.Errorf("%+v, %v", all, err)
			}
		})
	}
}

// TestATagThatIsNotThereCostsOneHEAD, which no registry counts, and one that has not moved
// another one.
func TestATagThatIsNotThereCostsOneHEAD(t *testing.T) {
	reg := newServer(t)
	d := reg.push(t, "app", "1", ocitest.Recipe{}.Bake(t))
	client := newTestClient(t)
	a, _ := attacher(t, client, reg.ref(t, "app:1"))
	reg.requests()
	if raw, err := a.Tagged(t.Context(), "none"); err != nil || raw != nil {
		t.Errorf("%s, %v", raw, err)
	}
	if got := reg.requests(); len(got) != 1 || !strings.HasPrefix(got[0], "HEAD ") {
		t.Errorf("asked %q", got)
	}
	payload, sig := signaturetest.New(t).Simple(t, d.Digest, nil)
	signaturetest.Tag(t, reg.repo("app"), d.Digest, signaturetest.One{Payload: payload, Sig: sig})
	tag := strings.Replace(d.Digest, ":", "-", 1) + ".sig"
	first, err := a.Tagged(t.Context(), tag)
	if err != nil || first == nil {
		t.Fatal(err)
	}
	reg.requests()
	a, _ = attacher(t, client, reg.ref(t, "app:1"))
	reg.requests()
	if again, err := a.Tagged(t.Context(), tag); err != nil || string(again) != string(first) {
		t.Error(err)
	}
	if got := reg.requests(); len(got) != 1 || !strings.HasPrefix(got[0], "HEAD ") {
		t.Errorf("asked again %q", got)
	}
	t.Run("and a registry that says no digest is asked for it", func(t *testing.T) {
		reg.inject(at("HEAD", "/manifests/", status(200, "")))
		if again, err := a.Tagged(t.Context(), tag); err != nil || string(again) != string(first) {
			t.Error(err)
		}
		if raw, err := a.Tagged(context.WithoutCancel(t.Context()), "none"); err != nil || raw != nil {
			t.Errorf("%s, %v", raw, err)
		}
	})
}

// TestSignaturesAreSoughtInTheRegistryIfAMirrorHasNone, as most that keep what was asked for
// know nothing of referrers.
func TestSignaturesAreSoughtInTheRegistryIfAMirrorHasNone(t *testing.T) {
	reg, mirror := newServer(t), newServer(t)
	image := ocitest.Recipe{}.Bake(t)
	d := reg.push(t, "app", "1", image)
	mirror.push(t, "app", "1", image)
	e := signaturetest.Referrer(t, reg.repo("app"), d.Digest, signaturetest.New(t).Bundle(t, d.Digest, nil))
	signaturetest.Fallback(t, reg.repo("app"), d.Digest, e)
	c := newTestClient(t, func(o *testOptions) { o.Mirrors = []string{reg.host() + "=" + mirror.host()} })
	a, _ := attacher(t, c, reg.ref(t, "app:1"))
	if all, err := a.Referrers(t.Context(), d.Digest); err != nil || len(all) != 1 {
		t.Errorf("%+v, %v", all, err)
	}
}

// TestATagThatIsRefusedIsNotMissing: only 404 says that there is none.
func TestATagThatIsRefusedIsNotMissing(t *testing.T) {
	for code, kind := range map[int]failure.Kind{403: failure.Denied, 400: failure.NotFound, 507: failure.Unavailable} {
		reg := newServer(t)
		reg.push(t, "app", "1", ocitest.Recipe{}.Bake(t))
		a, _ := attacher(t, newTestClient(t), reg.ref(t, "app:1"))
		reg.inject(func(w http.ResponseWriter, r *http.Request, inner http.Handler) bool {
			return strings.HasSuffix(r.URL.Path, "/manifests/none") && status(code, "")(w, r, inner)
		})
		if raw, err := a.Tagged(t.Context(), "none"); err == nil || failure.KindOf(err) != kind {
			t.Errorf("%d: %q, %v", code, raw, err)
		}
	}
}

// TestBothListsOfReferrersCount, each entry once: one alone would hide what the other has, also
// if it is refused.
func TestBothListsOfReferrersCount(t *testing.T) {
	reg := newServer(t)
	reg.registry = registry.New(registry.Logger(log.New(io.Discard, "", 0)), registry.WithReferrersSupport(true))
	d := reg.push(t, "app", "1", ocitest.Recipe{}.Bake(t))
	listed := signaturetest.Referrer(t, reg.repo("app"), d.Digest, signaturetest.New(t).Bundle(t, d.Digest, nil))
	signer := signaturetest.New(t)
	old := signaturetest.Referrer(t, reg.repo("other"), d.Digest, signer.Bundle(t, d.Digest, nil))
	reg.inject(at("", "/manifests/sha256-", status(200, string(ocitest.Index(t, listed, old, old)))))
	a, _ := attacher(t, newTestClient(t), reg.ref(t, "app:1"))
	all, err := a.Referrers(t.Context(), d.Digest)
	if want := []string{listed["digest"].(string), old["digest"].(string)}; err != nil || !slices.Equal(digests(all), want) {
		t.Errorf("%q, not %q: %v", digests(all), want, err)
	}
	reg.inject(at("GET", "/referrers/", status(403, "")))
	if all, err := a.Referrers(t.Context(), d.Digest); failure.KindOf(err) != failure.Denied || len(all) != 2 {
		t.Errorf("%q, %v", digests(all), err)
	}
}

// TestAManifestHasTheSizeThatItsListSays: no more is read, and nothing else is kept.
func TestAManifestHasTheSizeThatItsListSays(t *testing.T) {
	reg := newServer(t)
	reg.push(t, "app", "1", ocitest.Recipe{}.Bake(t))
	e := signaturetest.Referrer(t, reg.repo("app"), ocitest.SomeDigest, signaturetest.New(t).Bundle(t, ocitest.SomeDigest, nil))
	digest, size := e["digest"].(string), int64(e["size"].(int))
	for name, said := range map[string]int64{"less": size - 1, "more": size + 1} {
		t.Run(name, func(t *testing.T) {
			client := newTestClient(t)
			a, _ := attacher(t, client, reg.ref(t, "app:1"))
			reg.requests()
			for range 2 {
				if _, err := a.Manifest(t.Context(), oci.Descriptor{Digest: digest, Size: said}); failure.KindOf(err) != failure.Corrupt {
					t.Error(err)
				}
			}
			if got := reg.requests(); len(got) != 2 {
				t.Errorf("asked %q", got)
			}
			if _, ok := client.cache.get(digest, oci.MaxManifest); ok {
				t.Error("it is kept")
			}
			if _, err := a.Manifest(t.Context(), oci.Descriptor{Digest: digest, Size: size}); err != nil {
				t.Error(err)
			}
		})
	}
}

func FuzzNextPage(f *testing.F) {
	f.Add(`</v2/app/referrers/x?n=1>; rel="next"`)
	f.Fuzz(func(t *testing.T, link string) {
		next := nextPage(link)
		if next == "" {
			return
		}
		req, err := http.NewRequest(http.MethodGet, "http://registry.example.org/v2/app/referrers/x"+next, nil)
		if err == nil && (req.URL.Host != "registry.example.org" || req.URL.Path != "/v2/app/referrers/x") {
			t.Errorf("%q leads to %s", link, req.URL)
		}
	})
}
