package server_test

import (
	"strings"
	"testing"

	"lxdocker/internal/image"
	"lxdocker/internal/store/storetest"
)

func TestThePageSaysWhichMapAnImageNeeds(t *testing.T) {
	f := newFixture(t)
	storetest.Split(t, f.store, image.Version{Name: "large", Architecture: "amd64", Properties: map[string]string{"lxdocker.idmap_size": "1000620001"}}, []byte("metadata"), []byte("root"))
	page := f.ask("GET", "/image/large").body
	if strings.Count(page, "needs a map of 1000620001 users and groups") != 1 || strings.Count(page, "needs a map") != 1 {
		t.Errorf("the page is\n%s", page)
	}
}

func TestATarballForIncusIsServedBesideTheSquashfs(t *testing.T) {
	f := newFixture(t)
	v := storetest.Tarball(t, f.store, image.Version{Name: "ping", Architecture: "amd64"}, []byte("metadata"), []byte("squashfs"), []byte("tarball"))
	f.ask("GET", "/"+v.Path(v.Files[1])).expect(t, 200, "Content-Type: application/octet-stream")
	a := f.ask("GET", "/"+v.Path(v.Files[2]))
	a.expect(t, 200, "Content-Type: application/gzip")
	if a.body != "tarball" {
		t.Errorf("the tarball is %q", a.body)
	}
	page := f.ask("GET", "/image/ping").body
	for _, want := range []string{"<dt>Fingerprint for LXD</dt><dd><code>" + v.Fingerprint, "<dt>Fingerprint for Incus</dt><dd><code>" + v.TarballFingerprint} {
		if strings.Count(page, want) != 1 {
			t.Errorf("the page does not say %q once:\n%s", want, page)
		}
	}
}
