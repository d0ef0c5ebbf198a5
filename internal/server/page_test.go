package server_test

import (
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"lxdocker/internal/image"
	"lxdocker/internal/server"
	"lxdocker/internal/server/web"
	"lxdocker/internal/store/storetest"
)

// page is what a server with options shows to somebody who asked for a host.
func page(t *testing.T, o server.Options, host string) string {
	t.Helper()
	r := httptest.NewRequest("GET", "/", nil)
	r.Host = host
	w := httptest.NewRecorder()
	server.New(o).ServeHTTP(w, r)
	if w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestThePageNamesThePortForClientsOwnProtocol(t *testing.T) {
	o := server.Options{Store: newFixture(t).store}
	for host, want := range map[string][2]string{
		"hub.example":      {"https://hub.example:443 --public", "https://hub.example --protocol simplestreams"},
		"hub.example:8443": {"https://hub.example:8443 --public", "https://hub.example:8443 --protocol simplestreams"},
		"[2001:db8::1]":    {"https://[2001:db8::1]:443 --public", "https://[2001:db8::1] --protocol simplestreams"},
		"[::1]:8443":       {"https://[::1]:8443 --public", "https://[::1]:8443 --protocol simplestreams"},
		"a;rm -rf":         {"https://HOST:PORT --public", "https://HOST:PORT --protocol simplestreams"},
	} {
		got := page(t, o, host)
		for _, w := range want {
			for _, client := range []string{"lxc", "incus"} {
				if !strings.Contains(got, client+" remote add hub "+w) {
					t.Errorf("%s: %q is missing in\n%s", host, w, got)
				}
			}
		}
	}
}

func TestThePageSaysWhetherThereIsAHub(t *testing.T) {
	f := newFixture(t)
	without := page(t, server.Options{Store: f.store}, "hub")
	if strings.Contains(strings.ToLower(without), ">on demand: ") || strings.Contains(without, "tag demand") {
		t.Errorf("without a hub it says\n%s", without)
	}
	storetest.Unified(t, f.store, image.Version{
		Name: "docker.io_library_redis_7", Architecture: "arm64", Hub: true, Source: "docker.io/library/redis:7",
		Aliases: []string{"library/redis:7", "redis:7", "docker.io/library/redis:7"},
	}, "lxd_combined.tar", []byte("redis"))
	with := page(t, server.Options{Store: f.store, Hub: newSlowHub(0, image.Version{}), OnDemand: []string{"docker.io/library/*", "<b>"}}, "hub")
	for _, want := range []string{
		"<summary>On demand: any other image", "Allowed: <code>docker.io/library/*</code>, <code>&lt;b&gt;</code>",
		`<a class="name" href="/image/docker.io_library_redis_7">redis:7</a>`, `<div class="about mono">docker.io/library/redis:7</div>`,
		"lxc launch hub:nginx first", // not what the alphabet has first, but what has a spec
	} {
		if !strings.Contains(with, want) {
			t.Errorf("%q is missing in\n%s", want, with)
		}
	}
	if strings.Contains(with, "hub:docker.io_library_redis_7") {
		t.Errorf("a name that nobody uses is to be launched in\n%s", with)
	}
}

func TestThePageDoesNotDenyWhatItLists(t *testing.T) {
	images := openStore(t, t.TempDir())
	const none = "There are no images yet."
	hub := server.Options{Store: images, Hub: newSlowHub(0, image.Version{})}
	if got := page(t, hub, "hub"); strings.Count(got, none) != 1 || strings.Count(got, "<main ") != 1 || strings.Count(got, "</main>") != 1 {
		t.Errorf("without images it says\n%s", got)
	}
	storetest.Unified(t, images, image.Version{
		Name: "docker.io_library_redis_7", Architecture: "arm64", Hub: true, Source: "docker.io/library/redis:7", Aliases: []string{"redis:7"},
	}, "lxd_combined.tar", []byte("redis"))
	if got := page(t, hub, "hub"); strings.Contains(got, none) || !strings.Contains(got, ">redis:7</a>") {
		t.Errorf("with an image on demand it says\n%s", got)
	}
}

func TestTheIcon(t *testing.T) {
	f := newFixture(t)
	f.ask("GET", "/favicon.ico").expect(t, 200, "Content-Type: image/svg+xml")
	if !strings.Contains(page(t, server.Options{Store: f.store}, "hub"), `<link rel="icon" href="/assets/icon-`) {
		t.Error("the page does not name it")
	}
}

// paths finds what a page asks its server for.
var paths = regexp.MustCompile(`(?:href|src)="(/[^"]*)"`)

func TestWhatThePagesNeedIsServed(t *testing.T) {
	f := newFixture(t)
	for _, start := range []string{"/", "/image/nginx"} {
		page := f.ask("GET", start)
		page.expect(t, 200, "Content-Type: text/html; charset=utf-8", "Content-Security-Policy: "+web.Policy)
		for _, m := range paths.FindAllStringSubmatch(page.body, -1) {
			if a := f.ask("GET", m[1]); a.StatusCode != 200 {
				t.Errorf("%s names %s, which is answered %s", start, m[1], a.Status)
			} else if cached := strings.Contains(a.Header.Get("Cache-Control"), "immutable"); cached != (strings.HasPrefix(m[1], "/assets/") || strings.HasPrefix(m[1], "/images/")) {
				t.Errorf("%s has Cache-Control %s", m[1], a.Header.Get("Cache-Control"))
			}
		}
		for _, inline := range []string{"<style", " style=", " onclick", "<script>", "http://", "javascript:"} {
			if strings.Contains(page.body, inline) {
				t.Errorf("%s has %q", start, inline)
			}
		}
	}
	f.ask("GET", "/feed.atom").expect(t, 200, "Content-Type: application/atom+xml; charset=utf-8")
	for _, path := range []string{"/image/none", "/image/", "/image/nginx/", "/image/%6Eginx", "/image/..", "/assets/", "/assets/page.css", "/assets/../page.go"} {
		f.ask("GET", path).expect(t, 404)
	}
	f.ask("GET", "/image/none").expect(t, 404, "Content-Type: text/html; charset=utf-8")
	f.ask("POST", "/image/nginx").expect(t, 405)
}

func TestThePageSaysTheFingerprintOfTheCertificate(t *testing.T) {
	o := server.Options{Store: newFixture(t).store, Fingerprint: func() string { return "0123abcd" }}
	if got := page(t, o, "hub"); !strings.Contains(got, "<code>0123abcd</code>") {
		t.Errorf("it is missing in\n%s", got)
	}
}
