package registry

import (
	"strings"
	"testing"
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
