package instance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"lxdocker/internal/daemon"
)

// An image is taken from where the older one came from only if each server has said whether
// it has one of that name.
func TestAServerThatCannotSayMayBeTheOneThatIsMeant(t *testing.T) {
	properties := map[string]string{"lxdocker.ref": "nginx", "os": "nginx", "release": "latest", "variant": "default"}
	has := func(fingerprint string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			metadata, err := json.Marshal(daemon.Image{Fingerprint: fingerprint, Properties: properties})
			if err != nil {
				t.Error(err)
			}
			fmt.Fprintf(w, `{"type":"sync","status_code":200,"metadata":%s}`, metadata)
		}
	}
	says := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"type":"error","error_code":%d,"error":"it is so"}`, status)
		}
	}
	for name, row := range map[string]struct {
		hub  http.HandlerFunc
		want string // "" without an error: there is none, or several
		err  bool
	}{
		"it has none":        {says(http.StatusNotFound), "staging:nginx", false},
		"it has the same":    {has("f1"), "hub:nginx", false},
		"it has another one": {has("f2"), "", false},
		"it knows one name only": {func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "latest") {
				has("f1")(w, r)
				return
			}
			says(http.StatusServiceUnavailable)(w, r)
		}, "hub:nginx:latest", false},
		"it is busy":              {says(http.StatusTooManyRequests), "", true},
		"it is broken":            {says(http.StatusInternalServerError), "", true},
		"it is being started":     {says(http.StatusServiceUnavailable), "", true},
		"it hangs up":             {func(w http.ResponseWriter, _ *http.Request) { hangUp(w) }, "", true},
		"something else is there": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }, "", true},
	} {
		u := Updater{}
		for server, answers := range map[string]http.HandlerFunc{"hub": row.hub, "staging": has("f1")} {
			s := httptest.NewTLSServer(answers)
			defer s.Close()
			at := daemon.Address{Name: server, URL: s.URL, Pinned: s.Certificate()}
			if server == "hub" {
				u.Servers = append([]daemon.Address{at}, u.Servers...)
			} else {
				u.Servers = append(u.Servers, at)
			}
		}
		i := daemon.Instance{Config: map[string]string{"image.lxdocker.ref": "nginx", "image.os": "nginx", "image.release": "latest", "image.variant": "default"}}
		got, err := u.origin(t.Context(), i)
		if got != row.want || (err != nil) != row.err || err != nil && !strings.Contains(err.Error(), "hub") {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
