package source_test

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	ggcr "github.com/google/go-containerregistry/pkg/registry"

	"lxdocker/internal/failure"
	"lxdocker/internal/oci"
	"lxdocker/internal/oci/ocitest"
	"lxdocker/internal/oci/registry"
	"lxdocker/internal/oci/source"
)

func newClient(t *testing.T) *source.Client {
	t.Helper()
	c, err := source.NewClient(registry.Options{CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestImagesAreFoundWhereverTheyAre(t *testing.T) {
	server := httptest.NewServer(ggcr.New(ggcr.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	b := ocitest.Recipe{}.Bake(t)
	put(t, server.URL+"/v2/x/blobs/uploads/?digest="+oci.DigestOf(b.Config), http.MethodPost, b.Config)
	put(t, server.URL+"/v2/x/manifests/1", http.MethodPut, b.Manifest)

	files := ocitest.Tree{}
	layout := files.Layout(t, ocitest.Named(files.Add(b)))
	for _, ref := range []string{host + "/x:1", "oci:" + layout.Write(t)} {
		img, err := newClient(t).Resolve(t.Context(), ocitest.Parse(t, ref), ocitest.AMD64)
		if err != nil {
			t.Fatal(err)
		}
		if img.Digest != oci.DigestOf(b.Manifest) || img.Reference.String() != ref {
			t.Errorf("%s: %+v", ref, img)
		}
		img.Close()
	}
}

func put(t *testing.T, url, method string, b []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode >= 300 {
		t.Fatal(resp.Status)
	}
}

func TestErrorsNameTheReference(t *testing.T) {
	for ref, want := range map[string]failure.Kind{
		"oci:/nonexistent":            failure.NotFound,
		"docker-archive:/nonexistent": failure.NotFound,
		"127.0.0.1:1/x:latest":        failure.Unavailable,
	} {
		_, err := newClient(t).Resolve(t.Context(), ocitest.Parse(t, ref), ocitest.AMD64)
		ocitest.MustSay(t, err, "resolving "+ref)
		if got := failure.KindOf(err); got != want {
			t.Errorf("%s: %v, want %v", ref, got, want)
		}
	}
	for _, ref := range []string{"oci:${HOME}/x", "oci-archive:$HOME/x.tar"} {
		_, err := newClient(t).Resolve(t.Context(), ocitest.Parse(t, ref), ocitest.AMD64)
		ocitest.MustSay(t, err, "variables are not expanded here")
	}
	if _, err := newClient(t).Resolve(t.Context(), oci.Reference{}, ocitest.AMD64); err == nil {
		t.Error("nothing was found")
	}
	if _, err := source.NewClient(registry.Options{}); err == nil {
		t.Error("a client without a folder")
	}
}
