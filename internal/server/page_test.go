package server_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"lxdocker/internal/image"
	"lxdocker/internal/server"
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
	if strings.Contains(strings.ToLower(without), "<h2>on demand") || strings.Contains(without, "Converted on demand") {
		t.Errorf("without a hub it says\n%s", without)
	}
	storetest.Unified(t, f.store, image.Version{
		Name: "docker.io_library_redis_7", Architecture: "arm64", Hub: true, Source: "docker.io/library/redis:7",
		Aliases: []string{"library/redis:7", "redis:7", "docker.io/library/redis:7"},
	}, "lxd_combined.tar", []byte("redis"))
	with := page(t, server.Options{Store: f.store, Hub: newSlowHub(0, image.Version{}), OnDemand: []string{"docker.io/library/*", "<b>"}}, "hub")
	for _, want := range []string{
		"<h2>On demand", "Allowed: <code>docker.io/library/*</code>, <code>&lt;b&gt;</code>",
		`<tr><td>redis:7<td>arm64<td class="long"><code>docker.io/library/redis:7</code><td>20261123_101500`,
		"lxc launch hub:nginx first", // not what the alphabet has first, but what has a spec
	} {
		if !strings.Contains(with, want) {
			t.Errorf("%q is missing in\n%s", want, with)
		}
	}
	if strings.Contains(with, "docker.io_library_redis_7") {
		t.Errorf("a name that nobody uses is in\n%s", with)
	}
}

func TestThePageDoesNotDenyWhatItLists(t *testing.T) {
	images := openStore(t, t.TempDir())
	const none = "There are no images yet."
	hub := server.Options{Store: images, Hub: newSlowHub(0, image.Version{})}
	if got := page(t, hub, "hub"); strings.Count(got, none) != 1 || strings.Count(got, "<main>") != 1 || strings.Count(got, "</main>") != 1 {
		t.Errorf("without images it says\n%s", got)
	}
	storetest.Unified(t, images, image.Version{
		Name: "docker.io_library_redis_7", Architecture: "arm64", Hub: true, Source: "docker.io/library/redis:7", Aliases: []string{"redis:7"},
	}, "lxd_combined.tar", []byte("redis"))
	if got := page(t, hub, "hub"); strings.Contains(got, none) || !strings.Contains(got, "<td>redis:7<td>") {
		t.Errorf("with an image on demand it says\n%s", got)
	}
}

func TestTheIcon(t *testing.T) {
	f := newFixture(t)
	f.ask("GET", "/favicon.ico").expect(t, 200, "Content-Type: image/svg+xml")
	if !strings.Contains(page(t, server.Options{Store: f.store}, "hub"), `href="/favicon.ico"`) {
		t.Error("the page does not name it")
	}
}
