//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"lxdocker/test/testbed"
)

// TestOfferWhilePublishing: a client that asks at any moment of a build gets a
// catalog and files that fit.
func TestOfferWhilePublishing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	round := func(n int) {
		for _, name := range []string{"one", "two", "three"} {
			s.write(t, name, fmt.Sprintf("image: %s\nenv: {ROUND: %q}\n", imageRef("goserver"), fmt.Sprint(n)))
		}
	}
	round(0)
	s.build(t)
	h := s.serve(t)
	ctx, stop := context.WithCancel(t.Context())
	var looks atomic.Int64
	checked := make(chan struct{})
	go func() {
		defer close(checked)
		for ; ctx.Err() == nil; looks.Add(1) {
			for from, open := range map[string]opener{"imgserver": h.open, "the images folder": s.open} {
				if images, err := offers(open); err != nil || len(images) != 3 {
					t.Errorf("%s, asked during a build, offers %v (%v)", from, images, err)
					return
				}
			}
		}
	}()
	// A look reads every file of every version, so it may take longer than a build.
	for n := 0; n < 8 || looks.Load() < 8 && n < 40 && !t.Failed(); n++ {
		round(n + 1)
		s.build(t)
	}
	stop()
	<-checked
	if n := looks.Load(); n < 8 && !t.Failed() {
		t.Errorf("only %d looks during the builds", n)
	}
}

// TestAnyWebServer: the images folder is a whole image server for who has one
// that serves files.
func TestAnyWebServer(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.write(t, "plain", "image: "+imageRef("goserver")+"\nenv: {SERVED_BY: any}\n")
	s.build(t)
	server := httptest.NewTLSServer(http.FileServer(http.Dir(s.images)))
	t.Cleanup(server.Close)
	h := &hub{url: server.URL, certificate: server.Certificate().Raw}
	each(t, h, func(t *testing.T, d testbed.Daemon) {
		i := testbed.LaunchIn(t, d, "hub:plain", "plain")
		await(t, i, goserver(8080).answers)
	})
}

// TestConvertAndImport: one image, without specs and server.
func TestConvertAndImport(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := program(t, "lxdocker", "convert", imageRef("nginx-next"), "-o", dir)
	if o.code != 0 {
		t.Fatalf("it ended with %d\n%v", o.code, o)
	}
	for _, d := range []testbed.Daemon{bed.LXD, bed.Incus} {
		t.Run(d.Name, func(t *testing.T) {
			d := d.WithConfig(t.TempDir())
			out, err := d.Run(t.Context(), "image", "import", filepath.Join(dir, "lxd.tar.xz"), filepath.Join(dir, "rootfs.squashfs"), "--alias", "imported")
			if err != nil {
				t.Fatal(err)
			}
			fingerprint := out[strings.LastIndex(out, " ")+1:]
			if !strings.Contains(o.stdout, strings.TrimSpace(fingerprint)) {
				t.Errorf("%s calls it %s, lxdocker said\n%s", d.Name, fingerprint, o.stdout)
			}
			i := testbed.LaunchIn(t, d, "imported", "imported")
			await(t, i, func(ctx context.Context, address string) error {
				return testbed.ExpectPage(ctx, address, "/", "nginx, second edition\n")
			})
		})
	}
}

// TestCapabilitiesSurviveAnImport: what lxdocker says to import into which daemon
// is right, and files keep their capabilities in both.
func TestCapabilitiesSurviveAnImport(t *testing.T) {
	t.Parallel()
	o := program(t, "lxdocker", "convert", imageRef("caps"), "-o", t.TempDir())
	if o.code != 0 {
		t.Fatalf("it ended with %d\n%v", o.code, o)
	}
	for _, d := range []testbed.Daemon{bed.LXD, bed.Incus} {
		t.Run(d.Name, func(t *testing.T) {
			d := d.WithConfig(t.TempDir())
			_, said, found := strings.Cut(o.stderr, "into "+d.Name+":")
			said, _, _ = strings.Cut(said, "\n")
			command := strings.Fields(said)
			if !found || len(command) == 0 {
				t.Fatalf("it does not say what to do in %s\n%v", d.Name, o)
			}
			out, err := d.Run(t.Context(), append(command[1:], "--alias", "imported-caps")...)
			if err != nil {
				t.Fatal(err)
			}
			fingerprint := strings.TrimSpace(out[strings.LastIndex(out, " ")+1:])
			if !strings.Contains(o.stdout, "\nfingerprint "+fingerprint+"\n") {
				t.Errorf("%s calls it %s, lxdocker said\n%s", d.Name, fingerprint, o.stdout)
			}
			i := testbed.LaunchIn(t, d, "imported-caps", "imported-caps")
			inspectCapabilities(t, i, await(t, i, goserver(80).answers))
		})
	}
}
