package hostile

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestANeighbourTakesNoNameThatEndsInAnArchitecture(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.one("julia", "the right one")
	s.one("julia/arm64", "somebody else's")
	v := hub(t, s, t.TempDir(), s.host+"/**")
	evil, _ := v.named(s.host + "/julia/arm64:latest")
	if evil != s.host+"/julia/arm64:latest" {
		t.Fatalf("the neighbour's own image is %s", evil)
	}
	for _, name := range []string{"julia/arm64", "julia/aarch64", "julia/amd64", "julia:latest/arm64"} {
		got, _ := v.named(s.host + "/" + name)
		if strings.Contains(got, "julia/arm64:") {
			t.Errorf("%s is %s", name, got)
		}
		t.Logf("having asked for %s first, the attacker got others for %s: %s", evil, name, got)
	}
	_, list := v.get("/streams/v1/images.json")
	for line := range strings.SplitSeq(list, "\n") {
		if strings.Contains(line, `"aliases"`) && strings.Contains(line, "julia/arm64,") || strings.Contains(line, `julia/arm64"`) {
			t.Errorf("by simplestreams the name is taken: %s", line)
		}
	}
}

func TestANeighbourTakesNoNameOfASpec(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.one("app", "the spec's")
	s.one("web", "somebody else's")
	dir := t.TempDir()
	specs := filepath.Join(dir, "specs")
	if err := os.Mkdir(specs, 0o755); err != nil {
		t.Fatal(err)
	}
	// Its name is an alias that the neighbour's image would have as well.
	spec := "image: " + s.host + "/app\naliases: [" + s.host + "/web]\n"
	if err := os.WriteFile(filepath.Join(specs, "shop.yaml"), []byte(spec), 0o644); err != nil {
		t.Fatal(err)
	}
	v := newVictim(t, s, "--specs", specs, "--every", "1h")
	for range 100 {
		if got, _ := v.named("shop"); got == s.host+"/app:latest" {
			break
		}
		pause()
	}
	for _, name := range []string{"/web:latest", "/web:latest/amd64"} {
		if got, _ := v.named(s.host + name); got != s.host+"/web:latest" {
			t.Errorf("the neighbour's own image is %s", got)
		}
	}
	for _, name := range []string{"shop", "shop/amd64", s.host + "/web", s.host + "/web/amd64", s.host + "/web/x86_64"} {
		if got, _ := v.named(name); got != s.host+"/app:latest" {
			t.Errorf("%s is %s", name, got)
		}
	}
	if got, _ := v.named(s.host + "/web/arm64"); !strings.Contains(got, "only for amd64") {
		t.Errorf("for another architecture it is %s", got)
	}
	t.Log("the attacker got none of the spec's names, for no architecture")
}

func TestANeighbourIsNotServedWithTheServersLogins(t *testing.T) {
	s := newShelf(t)
	s.one("private", "secret")
	guarded := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "user" || password != "pa55w0rd" {
			w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		s.ServeHTTP(w, r)
	}))
	defer guarded.Close()
	host := strings.TrimPrefix(guarded.URL, "http://")
	login := filepath.Join(t.TempDir(), "auth.json")
	if err := os.WriteFile(login, []byte(`{"auths":{"`+host+`":{"auth":"dXNlcjpwYTU1dzByZA=="}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("REGISTRY_AUTH_FILE", login)
	v := newVictim(t, s, "--on-demand", host+"/*")
	got, _ := v.named(host + "/private")
	if !strings.HasPrefix(got, "refused: ") {
		t.Errorf("it is %s", got)
	}
	t.Logf("the attacker got: %s", got)
	shared := newVictim(t, s, "--on-demand", host+"/*", "--on-demand-logins")
	if got, _ := shared.named(host + "/private"); got != host+"/private:latest" {
		t.Errorf("with --on-demand-logins it is %s", got)
	}
}
