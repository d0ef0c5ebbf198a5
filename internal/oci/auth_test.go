package oci

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
)

// basicAuth asks for a login.
func basicAuth(user, password string) fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if u, p, ok := r.BasicAuth(); ok && u == user && p == password {
			return false
		}
		return status(401, errorBody("UNAUTHORIZED", "authentication required"), "WWW-Authenticate", `Basic realm="lab"`)(w, r, nil)
	}
}

// tokens is a registry with a token service, as Docker Hub and ghcr.io have it.
type tokens struct {
	user, password string // "" for anybody
	issued         atomic.Int32
	lifetime       int32 // requests that a token is good for; 0 for no end
	used           atomic.Int32
	greetAnybody   bool // GET /v2/ needs no token
}

func (k *tokens) fault(l *lab) fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if r.URL.Path == "/token" {
			u, p, _ := r.BasicAuth()
			if k.user != "" && (u != k.user || p != k.password) {
				return status(401, `{"details":"incorrect username or password"}`)(w, r, nil)
			}
			k.used.Store(0)
			return status(200, fmt.Sprintf(`{"token":"token-%d-%s"}`, k.issued.Add(1), r.URL.Query().Get("scope")))(w, r, nil)
		}
		if k.greetAnybody && r.URL.Path == "/v2/" {
			return false
		}
		repo, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v2/"), "/")
		want := fmt.Sprintf("Bearer token-%d-repository:%s:pull", k.issued.Load(), repo)
		if r.Header.Get("Authorization") == want && (k.lifetime == 0 || k.used.Add(1) <= k.lifetime) {
			return false
		}
		challenge := fmt.Sprintf(`Bearer realm="%s/token",service="lab",scope="repository:%s:pull"`, l.URL, repo)
		return status(401, errorBody("UNAUTHORIZED", "authentication required"), "WWW-Authenticate", challenge)(w, r, nil)
	}
}

func TestTokensAreFetched(t *testing.T) {
	for name, c := range map[string]struct {
		tokens *tokens
		login  *login
	}{
		"for anybody":                        {&tokens{}, nil},
		"for a login":                        {&tokens{user: "u", password: "p"}, &login{Username: "u", Password: "p"}},
		"again when they expire":             {&tokens{lifetime: 2}, nil},
		"where only /v2/ is open to anybody": {&tokens{greetAnybody: true}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			b := recipe{layers: [][]byte{tarOf(t, "a", []byte("1")), tarOf(t, "b", []byte("2"))}}.bake(t)
			l.push(t, "x", "latest", b)
			l.inject(c.tokens.fault(l))
			client := newTestClient(t)
			if c.login != nil {
				client.keychains = append(client.keychains, *c.login)
			}
			img, err := client.Resolve(t.Context(), l.ref(t, "x"), amd64)
			if err != nil {
				t.Fatal(err)
			}
			for _, layer := range img.Layers {
				if _, err := readLayer(t, img, layer); err != nil {
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
	l := newLab(t)
	l.push(t, "x", "latest", recipe{}.bake(t))
	l.inject((&tokens{}).fault(l))
	dir := t.TempDir()
	for range 2 {
		l.requests()
		c := newTestClient(t, func(o *Options) { o.CacheDir = dir })
		if _, err := c.Resolve(t.Context(), l.ref(t, "x"), amd64); err != nil {
			t.Fatal(err)
		}
	}
	if got := l.requests(); !slices.Equal(got, []string{"GET /token", "HEAD /v2/x/manifests/latest"}) {
		t.Errorf("%q", got)
	}
}

// rotating is a helper whose logins last for an hour, as those of clouds do.
type rotating struct{ password atomic.Value }

func (k *rotating) Resolve(authn.Resource) (authn.Authenticator, error) {
	return authn.FromConfig(authn.AuthConfig{Username: "u", Password: k.password.Load().(string)}), nil
}

func TestLoginsThatExpireAreReadAgain(t *testing.T) {
	for name, protect := range map[string]func(l *lab, password string) fault{
		"basic": func(_ *lab, password string) fault { return basicAuth("u", password) },
		"token": func(l *lab, password string) fault { return (&tokens{user: "u", password: password}).fault(l) },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			l.push(t, "x", "latest", recipe{}.bake(t))
			now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
			c := newTestClient(t)
			c.pause.now = func() time.Time { return now }
			k := &rotating{}
			c.keychains = append(c.keychains, k)
			rotate := func(password string) {
				k.password.Store(password)
				l.heal()
				l.inject(protect(l, password))
			}
			for _, password := range []string{"first", "second", "third"} {
				rotate(password)
				if _, err := c.Resolve(t.Context(), l.ref(t, "x"), amd64); err != nil {
					t.Fatal(err)
				}
				now = now.Add(time.Hour)
			}
			l.inject(protect(l, "unknown"))
			_, err := c.Resolve(t.Context(), l.ref(t, "x"), amd64)
			mustContain(t, err, "401", "stored credentials were refused")
		})
	}
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	wrong := login{Username: "u", Password: "wr0ng"}
	everywhere := func(f fault) func(*lab) fault { return func(*lab) fault { return f } }
	for name, c := range map[string]struct {
		fault func(*lab) fault
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
			func(*lab) fault { return status404 }, nil,
			[]string{"404 Not Found", "MANIFEST_UNKNOWN: manifest unknown", "check the spelling of name and tag"},
		},
		"429": {
			everywhere(at("GET", "/manifests/", status(429, errorBody("TOOMANYREQUESTS", "You have reached your pull rate limit."), "Retry-After", "21600"))), nil,
			[]string{"429 Too Many Requests", "You have reached your pull rate limit.", "in 6h0m0s", "docker login"},
		},
		"429 of the token service": {
			func(l *lab) fault {
				return func(w http.ResponseWriter, r *http.Request, h http.Handler) bool {
					return r.URL.Path == "/token" && status(429, "too many failed logins", "Retry-After", "300")(w, r, h) || (&tokens{}).fault(l)(w, r, h)
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
			l := newLab(t)
			l.inject(c.fault(l))
			client := newTestClient(t)
			if c.login != nil {
				client.keychains = append(client.keychains, *c.login)
			}
			_, err := client.Resolve(t.Context(), l.ref(t, "x:1.0"), amd64)
			for i, s := range c.says {
				c.says[i] = strings.ReplaceAll(s, "HOST", l.host())
			}
			mustContain(t, err, append(c.says, l.host()+"/x:1.0", l.host()+" answers")...)
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
	l := newLab(t)
	l.inject(status(401, "", "WWW-Authenticate", `Bearer realm="http://auth.example/token",service="lab"`))
	c := newTestClient(t)
	c.keychains = append(c.keychains, login{Username: "u", Password: "p"})
	_, err := c.Resolve(t.Context(), l.ref(t, "x"), amd64)
	mustContain(t, err, "plain http to auth.example")
}

func TestATokenServiceThatSendsNoToken(t *testing.T) {
	l := newLab(t)
	l.inject(func(w http.ResponseWriter, r *http.Request, h http.Handler) bool {
		return r.URL.Path == "/token" && status(200, `{"refresh_token":"s3cret"}`)(w, r, h) || (&tokens{}).fault(l)(w, r, h)
	})
	_, err := newTestClient(t).Resolve(t.Context(), l.ref(t, "x"), amd64)
	mustContain(t, err, "sent no token")
	if strings.Contains(err.Error(), "s3cret") {
		t.Error(err)
	}
}
