package oci

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSpellings(t *testing.T) {
	digest := "sha256:" + strings.Repeat("0a", 32)
	tests := map[string][]string{
		"nginx": {"nginx", "nginx:latest", "library/nginx", "docker.io/nginx", "library/nginx:latest", "docker.io/nginx:latest",
			"docker.io/library/nginx", "docker.io/library/nginx:latest"},
		"grafana/grafana:11":              {"grafana/grafana:11", "docker.io/grafana/grafana:11"},
		"ghcr.io/owner/name":              {"ghcr.io/owner/name", "ghcr.io/owner/name:latest"},
		"localhost:5000/a@" + digest:      {"localhost:5000/a@" + digest},
		"ghcr.io/library/b:1@" + digest:   {"ghcr.io/library/b:1@" + digest},
		"docker.io/ghcr.io/name:1":        {"docker.io/ghcr.io/name:1"},
		"docker.io/library/oci:1":         {"library/oci:1", "docker.io/oci:1", "docker.io/library/oci:1"},
		"oci:/some/folder":                nil,
		"docker-archive:/some/file:b:tag": nil,
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			ref, err := Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, ref.Spellings()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			for _, s := range ref.Spellings() {
				if again, err := Parse(s); err != nil || again != ref {
					t.Errorf("%s means %s, not %s (%v)", s, again, ref, err)
				}
			}
			if remote := ref.Repository() != ""; remote != (len(want) > 0) {
				t.Errorf("its repository is %q", ref.Repository())
			}
			if ref.Fixed() != strings.Contains(text, "@") {
				t.Errorf("fixed is %v", ref.Fixed())
			}
		})
	}
	if s := (Reference{}).Spellings(); !slices.Equal(s, nil) {
		t.Errorf("nothing is spelled %q", s)
	}
}

func TestTheNameOfALocalImageIsWhatItsArchiveSays(t *testing.T) {
	for name, want := range map[string]string{
		"app:1.2":                 "docker.io/library/app:1.2",
		"docker.io/library/app:1": "docker.io/library/app:1",
		"example.org/app":         "example.org/app:latest",
		"1.2":                     "1.2",
		"V1":                      "V1",
		"":                        "",
		"two words":               "",
		"\x1b[31mred":             "",
		strings.Repeat("x", 200):  "",
	} {
		for _, reference := range []string{"oci:/x", "oci:/x:@0", "docker-archive:x.tar:other"} {
			ref, err := Parse(reference)
			if err != nil {
				t.Fatal(err)
			}
			if got := ref.Named(name); got.Name() != want || got.Path() != ref.Path() || got.Kind() != ref.Kind() {
				t.Errorf("%s named %q is %s", reference, name, got)
			}
		}
	}
}

func TestTheLastPartOfARepositoryIsTheNameOfAnImage(t *testing.T) {
	for text, want := range map[string]string{
		"nginx":                          "nginx",
		"ghcr.io/owner/name:1.2":         "name",
		"127.0.0.1:5000/name":            "name",
		"oci:/some/folder":               "",
		"oci:/some/folder:1.2":           "", // a tag is no name
		"oci-archive:some.tar:app:1":     "app",
		"docker-archive:f:b.org/a/app:1": "app",
		"docker-archive:f:@0":            "",
	} {
		ref, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := ref.BaseName(); got != want {
			t.Errorf("the name of %s is %q, want %q", text, got, want)
		}
	}
}
