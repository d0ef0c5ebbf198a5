package registry

import (
	"strings"
	"testing"
	"time"
	"unicode"
)

func TestRegistryWords(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"the specification's form":   {`{"errors":[{"code":"NAME_UNKNOWN","message":"repository name not known to registry","detail":{"name":"x"}}]}`, "NAME_UNKNOWN: repository name not known to registry"},
		"detail in words":            {`{"errors":[{"code":"DENIED","message":"no","detail":"ask Bob"}]}`, "DENIED: no: ask Bob"},
		"several":                    {`{"errors":[{"code":"A","message":"a"},{"code":"B","message":"b"}]}`, "A: a; B: b"},
		"Artifactory's numbers":      {`{"errors":[{"status":404,"message":"not here"}]}`, "not here"},
		"Docker Hub's token service": {`{"details":"incorrect username or password"}`, "incorrect username or password"},
		"OAuth":                      {`{"error":"invalid_grant","error_description":"token expired"}`, "invalid_grant: token expired"},
		"GitLab":                     {`{"message":"403 Forbidden"}`, "403 Forbidden"},
		"plain text":                 {"404 page not found\n", "404 page not found"},
		"a page":                     {"<!DOCTYPE html><title>502</title>", ""},
		"JSON that is cut off":       {`{"errors":[{"code":`, ""},
		"nothing":                    {"", ""},
		"control characters":         {`{"message":"a\u001b[31m\nb\u0000\u202e"}`, "a?[31m b??"},
		"very much":                  {strings.Repeat("x", 5000), strings.Repeat("x", maxWords) + "…"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := registryWords([]byte(c.body)); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// Whoever has podman or skopeo, and no docker, reads what to type, too.
func TestARefusalSaysWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		err  answerError
		want []string
	}{
		"a private image": {answerError{host: "ghcr.io", status: 401, anonymous: true}, []string{
			"ghcr.io answers 401 Unauthorized (check the name: ", "for a private image, log in as the user who runs this, with",
			`"docker login ghcr.io", "podman login ghcr.io" or "skopeo login ghcr.io")`}},
		"one that may not be known of":         {answerError{host: "ghcr.io", status: 403, anonymous: true}, []string{"check the name", `"skopeo login ghcr.io"`}},
		"a login that is old":                  {answerError{host: "ghcr.io", status: 401}, []string{"the stored credentials were refused: log in again, as the user who runs this, with", `"podman login ghcr.io"`}},
		"a login for something else":           {answerError{host: "ghcr.io", status: 403}, []string{"the stored credentials do not allow it, or there is no such image"}},
		"Docker Hub by the name of its API":    {answerError{host: "index.docker.io", status: 401, anonymous: true}, []string{`"docker login docker.io", "podman login docker.io" or "skopeo login docker.io"`}},
		"the token service of a registry":      {answerError{host: "auth.example.org", registry: "example.org:5000", status: 401}, []string{"auth.example.org answers 401", `"skopeo login example.org:5000"`}},
		"too many requests of nobody":          {answerError{host: "docker.io", status: 429, anonymous: true, retryAfter: 90 * time.Second}, []string{"rate limit: try again in 1m30s, or log in for a higher one, with", `"podman login docker.io"`}},
		"too many requests of somebody":        {answerError{host: "docker.io", status: 429}, []string{"(rate limit: try again later)"}},
		"a name that is not there":             {answerError{host: "docker.io", status: 404, words: "manifest unknown"}, []string{"docker.io answers 404 Not Found: manifest unknown (check the spelling of name and tag)"}},
		"a registry that is being repaired":    {answerError{host: "docker.io", status: 503, retryAfter: time.Minute}, []string{"(the registry has a problem: try again in 1m0s)"}},
		"a place where something else answers": {answerError{host: "docker.io", status: 404, hint: "own advice"}, []string{"(own advice)"}},
	} {
		text := c.err.Error()
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is not in %q", name, want, text)
			}
		}
		if login := strings.Contains(text, "login"); login != strings.Contains(strings.Join(c.want, " "), "login") {
			t.Errorf("%s: %q", name, text)
		}
	}
}

func FuzzRegistryWords(f *testing.F) {
	f.Add([]byte(`{"errors":[{"code":"A","message":"a"}],"details":"d"}`))
	f.Add([]byte("plain \x1b[0m"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := registryWords(b)
		if len([]rune(s)) > maxWords+1 || strings.ContainsFunc(s, unicode.IsControl) {
			t.Fatalf("%q", s)
		}
	})
}
