package signaturetest

import (
	"bytes"
	"net/http"
	"net/url"
	"testing"

	"lxdocker/internal/oci"
)

// Pushed is a repository of a registry.
type Pushed struct {
	Base  string              // http://HOST/v2/NAME
	Login func(*http.Request) // nil: none
}

// Blob implements Repository, in two requests, as every registry takes them.
func (p Pushed) Blob(t testing.TB, b []byte) {
	t.Helper()
	resp := p.do(t, http.MethodPost, p.Base+"/blobs/uploads/", "", nil)
	at, err := resp.Request.URL.Parse(resp.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	query := at.Query()
	query.Set("digest", oci.DigestOf(b))
	at.RawQuery = query.Encode()
	p.do(t, http.MethodPut, at.String(), "application/octet-stream", b)
}

// Manifest implements Repository.
func (p Pushed) Manifest(t testing.TB, tag, mediaType string, b []byte) {
	t.Helper()
	if tag == "" {
		tag = oci.DigestOf(b)
	}
	p.do(t, http.MethodPut, p.Base+"/manifests/"+url.PathEscape(tag), mediaType, b)
}

func (p Pushed) do(t testing.TB, method, url, mediaType string, b []byte) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if mediaType != "" {
		req.Header.Set("Content-Type", mediaType)
	}
	if p.Login != nil {
		p.Login(req)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode >= 300 {
		t.Fatalf("%s %s: %s", method, url, resp.Status)
	}
	return resp
}
