//go:build e2e

package e2e

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"lxdocker/test/testbed"
)

// TestUpdate moves a tag: the next run publishes a new version, daemons that
// refresh get it, and whoever still downloads the old one can go on.
func TestUpdate(t *testing.T) {
	t.Parallel()
	moving := bed.Registry + "/e2e/moving:stable"
	push(t, "docker://"+imageRef("nginx"), "docker://"+moving)
	s := newSite(t)
	s.write(t, "moving", "image: "+moving+"\n")
	s.build(t)
	h := s.serve(t)
	old := mustOffer(t, s, h, "moving")["moving"]

	daemons := []testbed.Daemon{h.remote(t, bed.LXD), h.remote(t, bed.Incus)}
	for _, d := range daemons {
		showsPage(t, d, "update-before", "nginx, first edition\n")
	}

	push(t, "docker://"+imageRef("nginx-next"), "docker://"+moving)
	s.build(t)
	now := mustOffer(t, s, h, "moving")["moving"]
	if now.fingerprint == old.fingerprint || now.serial <= old.serial {
		t.Fatalf("after the push the offer is %+v, before it was %+v", now, old)
	}
	stillThere(t, h, old)

	for _, d := range daemons {
		// The daemons believe a catalog for an hour.
		if err := d.ForgetCatalogs(); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Run(t.Context(), "image", "refresh", old.fingerprint); err != nil {
			t.Fatal(err)
		}
		if has(t, d, now.fingerprint) == nil {
			t.Errorf("%s does not have the new version after a refresh", d.Name)
		}
		if has(t, d, old.fingerprint) != nil {
			t.Errorf("%s still has the old version after a refresh", d.Name)
		}
		showsPage(t, d, "update-after", "nginx, second edition\n")
	}

	again := s.build(t, "--quiet=false")
	if !strings.Contains(again.stdout, "0 built, 1 unchanged, 0 failed, 0 removed") {
		t.Errorf("a run with nothing new:\n%v", again)
	}
	if same := mustOffer(t, s, h, "moving")["moving"]; same.serial != now.serial {
		t.Errorf("a run with nothing new made the version %s", same.serial)
	}
	stillThere(t, h, old)
}

// showsPage launches the moving image and looks at nginx's page.
func showsPage(t *testing.T, d testbed.Daemon, name, want string) {
	t.Helper()
	i := testbed.LaunchIn(t, d, "hub:moving", name)
	await(t, i, func(ctx context.Context, address string) error { return testbed.ExpectPage(ctx, address, "/", want) })
}

// stillThere fetches the files of a version that is offered no more.
func stillThere(t *testing.T, h *hub, o offered) {
	t.Helper()
	for _, path := range o.paths {
		f, err := h.open(path)
		if err != nil {
			t.Errorf("a file of the old version: %v", err)
			continue
		}
		if _, err := io.Copy(io.Discard, f); err != nil {
			t.Errorf("a file of the old version: %s: %v", path, err)
		}
		f.Close()
	}
}

// TestRemovedSpec: an image nobody has a spec for any more is not offered, and
// its files stay for those who are downloading them.
func TestRemovedSpec(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.from(t, "goserver")
	s.write(t, "second", "image: "+imageRef("goserver")+"\nenv: {WHICH: second}\n")
	s.build(t)
	h := s.serve(t)
	gone := mustOffer(t, s, h, "goserver", "second")["second"]
	s.remove(t, "second")
	if o := s.build(t); !strings.Contains(o.stdout, "0 built, 1 unchanged, 0 failed, 1 removed") {
		t.Errorf("removing a spec:\n%v", o)
	}
	mustOffer(t, s, h, "goserver")
	stillThere(t, h, gone)
}

// TestNothingElseIsServed asks imgserver for what lies beside the published files.
func TestNothingElseIsServed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.from(t, "goserver")
	s.build(t)
	h := s.serve(t)
	files := mustOffer(t, s, h, "goserver")["goserver"].paths
	for _, path := range []string{
		".lock", ".tmp/", "images/", "../specs/goserver.yaml", "..%2fspecs%2fgoserver.yaml", "images/../.lock",
		strings.Replace(files[0], "lxd.tar.xz", "version.json", 1), strings.Replace(files[0], "images/", "images//", 1),
	} {
		request, err := http.NewRequest(http.MethodGet, h.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.URL.Opaque = "//" + request.URL.Host + "/" + path // as it stands, not cleaned
		response, err := h.client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusNotFound {
			t.Errorf("GET /%s: %s", path, response.Status)
		}
	}
}
