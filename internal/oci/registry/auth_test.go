package registry

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"

	"lxdocker/internal/oci/ocitest"
)

// basicAuth asks for a login.
func basicAuth(user, password string) fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if u, p, ok := r.BasicAuth(); ok && u == user && p == password {
			return false
		}
		return status(401, errorBody("UNAUTHORIZED", "authentication required"), "WWW-Authenticate", `Basic realm="test"`)(w, r, nil)
	}
}

// tokens is a registry with a token service, as Docker Hub and ghcr.io have it.
type tokens struct {
	user, password string // "" for anybody
	issued         atomic.Int32
	lifetime       int32 // requests that a token is good for; 0 for no end
	used           atomic.Int32
	openPing       bool // GET /v2/ needs no token
}

func (k *tokens) fault(reg *server) fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if r.URL.Path == "/token" {
			u, p, _ := r.BasicAuth()
			if k.user != "" && (u != k.user || p != k.password) {
				return status(401, `{"details":"incorrect username or password"}`)(w, r, nil)
			}
			k.used.Store(0)
			return status(200, fmt.Sprintf(`{"token":"token-%d-%s"}`, k.issued.Add(1), r.URL.Query().Get("scope")))(w, r, nil)
		}
		if k.openPing && r.URL.Path == "/v2/" {
			return false
		}
		repo, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v2/"), "/")
		want := fmt.Sprintf("Bearer token-%d-repository:%s:pull", k.issued.Load(), repo)
		if r.Header.Get("Authorization") == want && (k.lifetime == 0 || k.used.Add(1) <= k.lifetime) {
			return false
		}
		challenge := fmt.Sprintf(`Bearer realm="%s/token",service="test",scope="repository:%s:pull"`, reg.URL, repo)
		return status(401, errorBody("UNAUTHORIZED", "authentication required"), "WWW-Authenticate", challenge)(w, r, nil)
	}
}

func TestTokensAreFetched(t *testing.T) {
	for name, c := range map[string]struct {
		tokens *tokens
		login  *login
	}{
		"without a login":             {&tokens{}, nil},
		"with a login":                {&tokens{user: "u", password: "p"}, &login{Username: "u", Password: "p"}},
		"anew when they expire":       {&tokens{lifetime: 2}, nil},
		"where /v2/ alone needs none": {&tokens{openPing: true}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			reg := newServer(t)
			b := ocitest.Recipe{Layers: [][]byte{ocitest.Tar(t, "a", []byte("1")), ocitest.Tar(t, "b", []byte("2"))}}.Bake(t)
			reg.push(t, "x", "latest", b)
			reg.inject(c.tokens.fault(reg))
			client := newTestClient(t)
			if c.login != nil {
				client.keychains = append(client.keychains, *c.login)
			}
			img, err := client.Resolve(t.Context(), reg.ref(t, "x"), ocitest.AMD64)
			if err != nil {
				t.Fatal(err)
			}
			for _, layer := range img.Layers {
				if _, err := ocitest.Read(t, img, layer); err != nil {
					t.Fatal(err)
				}
			}
			if c.tokens.lifetime == 0 && c.tokens.issued.Load() != 1 {
				t.Errorf("%d tokens", c.tokens.issued.Load())
			}
		})
	}
}

func TestATokenIsOneRequestMore(t *testing.T) {
	reg := newServer(t)
	reg.push(t, "x", "latest", ocitest.Recipe{}.Bake(t))
	reg.inject((&tokens{}).fault(reg))
	dir := t.TempDir()
	for range 2 {
		reg.requests()
		c := newTestClient(t, func(o *testOptions) { o.CacheDir = dir })
		if _, err := c.Resolve(t.Context(), reg.ref(t, "x"), ocitest.AMD64); err != nil {
			t.Fatal(err)
		}
	}
	if got := reg.requests(); !slices.Equal(got, []string{"GET /token", "HEAD /v2/x/manifests/latest"}) {
		t.Errorf("%q", got)
	}
}

// rotating is a helper whose logins last for an hour, as those of clouds do.
type rotating struct{ password atomic.Value }

func (k *rotating) Resolve(authn.Resource) (authn.Authenticator, error) {
	return authn.FromConfig(authn.AuthConfig{Username: "u", Password: k.password.Load().(string)}), nil
}

func TestLoginsThatExpireAreReadAgain(t *testing.T) {
	for name, protect := range map[string]func(reg *server, password string) fault{
		"basic": func(_ *server, password string) fault { return basicAuth("u", password) },
		"token": func(reg *server, password string) fault { return (&tokens{user: "u", password: password}).fault(reg) },
	} {
		t.Run(name, func(t *testing.T) {
			reg := newServer(t)
			reg.push(t, "x", "latest", ocitest.Recipe{}.Bake(t))
			now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
			c := newTestClient(t)
			c.pause.now = func() time.Time { return now }
			k := &rotating{}
			c.keychains = append(c.keychains, k)
			rotate := func(password string) {
				k.password.Store(password)
				reg.heal()
				reg.inject(protect(reg, password))
			}
			for _, password := range []string{"first", "second", "third"} {
				rotate(password)
				if _, err := c.Resolve(t.Context(), reg.ref(t, "x"), ocitest.AMD64); err != nil {
					t.Fatal(err)
				}
				now = now.Add(time.Hour)
			}
			reg.inject(protect(reg, "unknown"))
			_, err := c.Resolve(t.Context(), reg.ref(t, "x"), ocitest.AMD64)
			ocitest.MustSay(t, err, "401", "stored credentials were refused")
		})
	}
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	wrong := login{Username: "u", Password: "wr0ng"}
	everywhere := func(f fault) func(*server) fault { return func(*server) fault { return f } }
	for name, c := range map[string]struct {
		fault func(*server) fault
		login *login
		says  []string
	}{
		"no login": {
			everywhere(basicAuth("u", "p")), nil,
			[]string{"401 Unauthorized", "authentication required", `"docker login HOST"`},
		},
		"wrong login": {
			everywhere(basicAuth("u", "p")), &wrong,
			[]string{"401 Unauthorized", "stored credentials were refused", `"docker login HOST"`},
		},
		"no login at the token service": {
			(&tokens{user: "u", password: "p"}).fault, nil,
			[]string{"401 Unauthorized", "incorrect username or password", "docker login"},
		},
		"wrong login at the token service": {
			(&tokens{user: "u", password: "p"}).fault, &wrong,
			[]string{"401 Unauthorized", "incorrect username or password", "stored credentials were refused"},
		},
		"403": {
			everywhere(at("GET", "/manifests/", status(403, errorBody("DENIED", "requested access to the resource is denied")))), nil,
			[]string{"403 Forbidden", "DENIED: requested access to the resource is denied", "check the name"},
		},
		"404": {
			func(*server) fault { return status404 }, nil,
			[]string{"404 Not Found", "MANIFEST_UNKNOWN: manifest unknown", "check the spelling of name and tag"},
		},
		"429": {
			everywhere(at("GET", "/manifests/", status(429, errorBody("TOOMANYREQUESTS", "You have reached your pull rate limit."), "Retry-After", "21600"))), nil,
			[]string{"429 Too Many Requests", "You have reached your pull rate limit.", "in 6h0m0s", "docker login"},
		},
		"429 of the token service": {
			func(reg *server) fault {
				return func(w http.ResponseWriter, r *http.Request, h http.Handler) bool {
					return r.URL.Path == "/token" && status(429, "too many failed logins", "Retry-After", "300")(w, r, h) || (&tokens{}).fault(reg)(w, r, h)
				}
			}, nil,
			[]string{"429 Too Many Requests", "too many failed logins", "in 5m0s"},
		},
		"500": {
			everywhere(at("GET", "/manifests/", status(500, "oops\x1b[2J\r\nsecond line"))), nil,
			[]string{"500 Internal Server Error", "oops?[2J second line", "try again later"},
		},
		"no registry": {
			everywhere(status(404, "<html><h1>nginx</h1></html>")), nil,
			[]string{"404 Not Found", "is that a registry?"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			reg := newServer(t)
			reg.inject(c.fault(reg))
			client := newTestClient(t)
			if c.login != nil {
				client.keychains = append(client.keychains, *c.login)
			}
			_, err := client.Resolve(t.Context(), reg.ref(t, "x:1.0"), ocitest.AMD64)
			for i, s := range c.says {
				c.says[i] = strings.ReplaceAll(s, "HOST", reg.host())
			}
			ocitest.MustSay(t, err, append(c.says, reg.host()+" answers")...)
			for _, bad := range []string{"wr0ng", base64.StdEncoding.EncodeToString([]byte("u:wr0ng")), "\x1b", "\n", "<html"} {
				if err != nil && strings.Contains(err.Error(), bad) {
					t.Errorf("the error holds %q: %q", bad, err)
				}
			}
			t.Log(err)
		})
	}
}

func status404(w http.ResponseWriter, r *http.Request, h http.Handler) bool {
	return r.URL.Path != "/v2/" && status(404, errorBody("MANIFEST_UNKNOWN", "manifest unknown"))(w, r, h)
}

func TestATokenServiceInPlainTextIsRefused(t *testing.T) {
	reg := newServer(t)
	reg.inject(status(401, "", "WWW-Authenticate", `Bearer realm="http://auth.example/token",service="test"`))
	c := newTestClient(t)
	c.keychains = append(c.keychains, login{Username: "u", Password: "p"})
	_, err := c.Resolve(t.Context(), reg.ref(t, "x"), ocitest.AMD64)
	ocitest.MustSay(t, err, "plain http to auth.example")
}

func TestATokenServiceThatSendsNoToken(t *testing.T) {
	reg := newServer(t)
	reg.inject(func(w http.ResponseWriter, r *http.Request, h http.Handler) bool {
		return r.URL.Path == "/token" && status(200, `{"refresh_token":"s3cret"}`)(w, r, h) || (&tokens{}).fault(reg)(w, r, h)
	})
	_, err := newTestClient(t).Resolve(t.Context(), reg.ref(t, "x"), ocitest.AMD64)
	ocitest.MustSay(t, err, "sent no token")
	if strings.Contains(err.Error(), "s3cret") {
		t.Error(err)
	}
}
