package server_test

import (
	"strings"
	"testing"

	"lxdocker/internal/image"
	"lxdocker/internal/store/storetest"
)

func TestATarballForIncusIsServedBesideTheSquashfs(t *testing.T) {
	f := newFixture(t)
	v := storetest.Tarball(t, f.store, image.Version{Name: "ping", Architecture: "amd64"}, []byte("metadata"), []byte("squashfs"), []byte("tarball"))
	f.ask("GET", "/"+v.Path(v.Files[1])).expect(t, 200, "Content-Type: application/octet-stream")
	a := f.ask("GET", "/"+v.Path(v.Files[2]))
	a.expect(t, 200, "Content-Type: application/gzip")
	if a.body != "tarball" {
		t.Errorf("the tarball is %q", a.body)
	}
	page := f.ask("GET", "/").body
	want := "<code>" + v.Fingerprint[:12] + "</code> (Incus: <code>" + v.TarballFingerprint[:12] + "</code>)"
	if !strings.Contains(page, want) || strings.Count(page, "(Incus") != 1 {
		t.Errorf("the page does not say %q once:\n%s", want, page)
	}
}
