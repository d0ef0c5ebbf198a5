package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"lxdocker/internal/hub"
	"lxdocker/internal/image"
	"lxdocker/internal/server"
	"lxdocker/internal/server/access"
	"lxdocker/internal/store/storetest"
	"lxdocker/internal/testenv"
)

// door is a server with an image, as clients at several addresses see it.
type door struct {
	t       *testing.T
	image   image.Version
	log     bytes.Buffer
	handler http.Handler
}

func newDoor(t *testing.T, o server.Options) *door {
	t.Helper()
	d := &door{t: t}
	s := openStore(t, t.TempDir())
	o.Store, o.Log = s, slog.New(slog.NewTextHandler(&d.log, nil))
	d.image = storetest.Split(t, s, image.Version{Name: "nginx", Architecture: "amd64"}, []byte("metadata"), []byte("rootfs"))
	d.handler = server.New(o)
	return d
}

// ask asks from an address; more are lines of headers.
func (d *door) ask(from, path string, more ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Host = "hub.example:8443"
	r.RemoteAddr = netip.AddrPortFrom(netip.MustParseAddr(from), 1234).String()
	for _, line := range more {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w
}

// nameless takes the name of its request out of an answer.
func nameless(w *httptest.ResponseRecorder) *httptest.ResponseRecorder {
	if id := w.Header().Get("X-Request-Id"); id != "" {
		w.Header().Del("X-Request-Id")
		w.Body = bytes.NewBuffer(bytes.ReplaceAll(w.Body.Bytes(), []byte(id), []byte("ID")))
	}
	return w
}

func networks(t *testing.T, texts ...string) access.Networks {
	t.Helper()
	n, err := access.ParseNetworks(texts)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// alice is a file of users with one, whose password is secret.
func alice(t *testing.T) *access.Users {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte("secret"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "users")
	if err := os.WriteFile(file, append([]byte("alice:"), hash...), 0o600); err != nil {
		t.Fatal(err)
	}
	users, err := access.LoadUsers(file, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return users
}

// Who is refused gets the same answer for what is there and what is not.
func TestARefusalRevealsNothing(t *testing.T) {
	for name, test := range map[string]struct {
		rules  access.Rules
		prefix string
		status int
	}{
		"by address": {rules: access.Rules{Allow: networks(t, "10.0.0.0/8")}, status: 403},
		"by login":   {rules: access.Rules{Users: alice(t)}, status: 401},
		"by prefix":  {prefix: "/0123456789abcdef", status: 404},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDoor(t, server.Options{Access: test.rules, Prefix: test.prefix})
			for _, pair := range [][2]string{
				{"/", "/nothing"},
				{"/streams/v1/index.json", "/streams/v1/other.json"},
				{"/" + d.image.Path(d.image.Files[0]), "/images/nothing"},
				{"/favicon.ico", "/0123456789abcdee/"},
				{"/1.0", "/1.0/instances"},
				{"/1.0/images/nginx", "/1.0/images/other"},
				{"/1.0/images/aliases/nginx", "/1.0/images/aliases/other"},
				{"/1.0/images/" + d.image.Fingerprint + "/export", "/1.0/images/" + strings.Repeat("0", 64) + "/export"},
			} {
				there, other := nameless(d.ask("192.0.2.1", pair[0])), nameless(d.ask("192.0.2.1", pair[1]))
				if there.Code != test.status || other.Code != test.status || there.Body.String() != other.Body.String() || !reflect.DeepEqual(there.Header(), other.Header()) {
					t.Errorf("%s: %d %s %v\n%s: %d %s %v", pair[0], there.Code, there.Body, there.Header(), pair[1], other.Code, other.Body, other.Header())
				}
				if test.status == 401 && there.Header().Get("WWW-Authenticate") == "" {
					t.Errorf("%s does not say how to log in", pair[0])
				}
				if strings.HasPrefix(pair[0], "/1.0") && test.prefix == "" {
					var refusal struct {
						Type string
						Code int `json:"error_code"`
					}
					if err := json.Unmarshal(there.Body.Bytes(), &refusal); err != nil || refusal.Type != "error" || refusal.Code != test.status {
						t.Errorf("%s is not answered in the API's words: %s", pair[0], there.Body)
					}
				}
			}
		})
	}
}

func TestWhoMayComeInIsServed(t *testing.T) {
	d := newDoor(t, server.Options{Access: access.Rules{Allow: networks(t, "10.0.0.0/8"), Users: alice(t), NoLogin: networks(t, "10.0.0.1")}})
	login := "Authorization: Basic YWxpY2U6c2VjcmV0"
	if w := d.ask("10.0.0.2", "/1.0/images/nginx", login); w.Code != 200 || !strings.Contains(d.log.String(), "user=alice") {
		t.Errorf("alice gets %d, and the log is\n%s", w.Code, &d.log)
	}
	if w := d.ask("10.0.0.1", "/1.0"); w.Code != 200 {
		t.Errorf("without a login it is %d", w.Code)
	}
	for _, path := range []string{"/" + d.image.Path(d.image.Files[0]), "/streams/v1/index.json"} {
		if cache := d.ask("10.0.0.2", path, login).Header().Get("Cache-Control"); !strings.Contains(cache, "private") || strings.Contains(cache, "public") {
			t.Errorf("caches may give %s to others: %s", path, cache)
		}
	}
}

func TestAPathPrefix(t *testing.T) {
	d := newDoor(t, server.Options{Prefix: "/a/secret"})
	for path, want := range map[string]int{
		"/a/secret/": 200, "/a/secret/1.0": 200, "/a/secret/1.0/images/nginx": 200, "/a/secret/streams/v1/index.json": 200,
		"/a/secret/" + d.image.Path(d.image.Files[0]): 200, "/a/secret/favicon.ico": 200,
		"/a/secret": 308, "/a/secre": 404, "/a/secretx": 404, "/a/secretx/1.0": 404, "/A/SECRET/": 404, "/a/": 404, "/": 404, "/1.0": 404,
		"//a/secret/": 404, "/x/../a/secret/": 404, "/a/secret/a/secret/": 404,
	} {
		if w := d.ask("192.0.2.1", path); w.Code != want {
			t.Errorf("%s is %d, not %d: %s", path, w.Code, want, w.Body)
		}
	}
	d.log.Reset()
	d.ask("192.0.2.1", "/a/secret/1.0/images/nginx")
	if to := d.ask("192.0.2.1", "/a/secret").Header().Get("Location"); to != "/a/secret/" {
		t.Errorf("without the last slash it is at %q", to)
	}
	if log := d.log.String(); strings.Contains(log, "secret") || !strings.Contains(log, "path=/1.0/images/nginx") {
		t.Errorf("the log has the prefix:\n%s", log)
	}
}

func TestAProxySpeaksForItsClients(t *testing.T) {
	d := newDoor(t, server.Options{Proxies: networks(t, "10.0.0.7"), Access: access.Rules{Allow: networks(t, "192.0.2.0/24", "10.0.0.7")}})
	for _, test := range []struct {
		from   string
		header []string
		status int
		client string // in the log
	}{
		{"10.0.0.7", []string{"X-Forwarded-For: 192.0.2.9"}, 200, "192.0.2.9"},
		{"10.0.0.7", []string{"X-Forwarded-For: 192.0.2.9, 198.51.100.1"}, 403, "198.51.100.1"},
		{"198.51.100.2", []string{"X-Forwarded-For: 192.0.2.9"}, 403, "198.51.100.2"},
		{"10.0.0.7", []string{"X-Forwarded-For: 192.0.2.9", "Forwarded: for=192.0.2.10"}, 400, "10.0.0.7"},
		{"10.0.0.7", []string{"X-Forwarded-For: 2001:db8::1"}, 403, "2001:db8::1"},
	} {
		d.log.Reset()
		w := d.ask(test.from, "/1.0", test.header...)
		if w.Code != test.status || !strings.Contains(d.log.String(), "client="+test.client+" ") {
			t.Errorf("%s with %v: %d, and the log is %s", test.from, test.header, w.Code, &d.log)
		}
	}
	w := d.ask("10.0.0.7", "/streams/v1/index.json", "X-Forwarded-For: 192.0.2.9", "X-Forwarded-Proto: http")
	if w.Code != 307 || w.Header().Get("Location") != "https://hub.example:8443/streams/v1/index.json" {
		t.Errorf("plain HTTP: %d, %v", w.Code, w.Header())
	}
	if w := d.ask("192.0.2.9", "/1.0", "X-Forwarded-Proto: http"); w.Code != 200 {
		t.Errorf("a stranger's word counts: %d", w.Code)
	}
}

// shared divides a hub in two: for the network 10.0.0.0/8, and for all others.
type shared struct {
	hub          *hub.Hub
	lan, anybody hub.Policy
}

func (s *shared) Of(client netip.Addr, _ string) string {
	if netip.MustParsePrefix("10.0.0.0/8").Contains(client) {
		return "lan"
	}
	return ""
}

func (s *shared) View(name string) server.View {
	view := s.hub.For(s.anybody)
	if name == "lan" {
		view = s.hub.For(s.lan)
	}
	return server.View{Hub: view, OnDemand: view.Patterns(), Offers: view.Offers}
}

// What only some may ask for, others see nowhere, even when it is there.
func TestAHubThatSomeMayAskForMore(t *testing.T) {
	m := &market{}
	policy := func(patterns ...string) hub.Policy {
		p, err := hub.NewPolicy(patterns, nil)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	all := policy("library/*", "quay.io/**")
	h := hub.New(t.Context(), hub.Options{
		Rules: hub.Rules{Policy: all}, Converter: m, Snapshot: m.Versions, Journal: filepath.Join(t.TempDir(), "asked.json"), Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	d := &door{t: t, handler: server.New(server.Options{Store: m, Views: &shared{h, all, policy("library/*")}})}
	for from, want := range map[string]int{"192.0.2.1": 404, "10.0.0.1": 200} {
		if w := d.ask(from, "/1.0/images/library/redis"); w.Code != 200 {
			t.Errorf("what all may ask for, %s gets with %d: %s", from, w.Code, w.Body)
		}
		if w := d.ask(from, "/1.0/images/quay.io/team/app"); w.Code != want {
			t.Errorf("what only some may, %s gets with %d: %s", from, w.Code, w.Body)
		}
	}
	var private image.Version
	for _, v := range m.versions {
		if strings.Contains(v.Source, "quay.io") {
			private = v
		}
	}
	before := nameless(d.ask("192.0.2.1", "/1.0/images/quay.io/team/other")).Body.String()
	after := nameless(d.ask("192.0.2.1", "/1.0/images/quay.io/team/app")).Body.String()
	if strings.ReplaceAll(after, "/app", "/other") != before {
		t.Errorf("one that is there is refused by %s, one that is not by %s", after, before)
	}
	for _, path := range []string{"/1.0/images?recursion=1", "/1.0/images/aliases", "/streams/v1/images.json", "/", "/1.0/images/" + private.Fingerprint} {
		if body := d.ask("192.0.2.1", path).Body.String(); strings.Contains(body, "team/app") || strings.Contains(body, "lxdocker.ref") && strings.Contains(path, private.Fingerprint) {
			t.Errorf("%s shows it to others: %s", path, body)
		}
	}
	if w := d.ask("192.0.2.1", "/1.0/images/"+private.Fingerprint); w.Code != 404 {
		t.Errorf("others get it by fingerprint: %d", w.Code)
	}
	if body := d.ask("10.0.0.1", "/streams/v1/images.json").Body.String(); !strings.Contains(body, "team/app") {
		t.Errorf("who asked for it does not see it: %s", body)
	}
}

// TestRealClientsOfSimplestreams uses the command line clients of LXD and Incus, which read
// simplestreams without a daemon.
func TestRealClientsOfSimplestreamsHaveLoginsAndPrefixes(t *testing.T) {
	s := openStore(t, t.TempDir())
	v := storetest.Split(t, s, image.Version{Name: "nginx", Architecture: "amd64"}, []byte("metadata"), []byte("rootfs"))
	listener, cert, options := listenTLS(t)
	options.Handler, options.Drain = server.New(server.Options{Store: s, Prefix: "/a/secret", Access: access.Rules{Users: alice(t)}}), time.Second
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- server.Serve(ctx, listener, options) }()
	t.Cleanup(func() { stop(); <-ended })
	for _, client := range []struct{ name, packed string }{{"lxc", "lxd-client"}, {"incus", "incus-client"}} {
		t.Run(client.name, func(t *testing.T) {
			testenv.NeedsProgram(t, client.name, client.packed)
			home := t.TempDir()
			run := func(args ...string) string {
				cmd := exec.Command(client.name, args...)
				cmd.Dir, cmd.Env = home, []string{"HOME=" + home, "PATH=" + os.Getenv("PATH")}
				out, err := cmd.CombinedOutput()
				return fmt.Sprintf("%v %s", err, out)
			}
			folder := filepath.Join(home, ".config", client.name, "servercerts")
			if err := os.MkdirAll(folder, 0o755); err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(cert)
			if err != nil {
				t.Fatal(err)
			}
			for remote, want := range map[string]bool{"alice:secret@": true, "alice:wrong@": false, "": false} {
				for path, below := range map[string]bool{"/a/secret": true, "/a/secret/": true, "/other": false} {
					name := fmt.Sprintf("r%x", remote+path)
					if err := os.WriteFile(filepath.Join(folder, name+".crt"), text, 0o644); err != nil {
						t.Fatal(err)
					}
					run("remote", "add", name, "https://"+remote+listener.Addr().String()+path, "--protocol", "simplestreams")
					got := run("image", "list", name+":", "--format", "csv", "--columns", "F")
					if found := strings.Contains(got, v.Fingerprint); found != (want && below) {
						t.Errorf("by https://%s…%s it is there: %v\n%s", remote, path, found, got)
					}
				}
			}
		})
	}
}
