package registry

import (
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"

	"lxdocker/internal/oci"
)

// FuzzReferences: what is a reference means the same to the library that logs in
// for us.
func FuzzReferences(f *testing.F) {
	for _, s := range []string{
		"nginx", "library/nginx:1.27", "index.docker.io/nginx", "docker.io/a/b", "GHCR.io/o/n:Tag", "localhost/a", "localhost:5000/a/b",
		"[::1]:5000/x", "127.0.0.1:5000/x", "my_registry:5000/x", "a:b/c", "a.b/c.d/e__f--g:1", "x@sha256:" + strings.Repeat("0a", 32),
		"LOCALHOST/x", "ghcr.io./x", "a..b/c", "[::1]/x", "ghcr.io:/x", "ghcr.io:0123/x", "[:0]/0", strings.Repeat("0", 250),
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := oci.ParseRegistry(s)
		if err != nil {
			return
		}
		repo, err := name.NewRepository(r.Repository())
		if err != nil {
			t.Fatalf("%q: %q: %v", s, r, err)
		}
		registry := repo.RegistryStr()
		if registry == name.DefaultRegistry {
			registry = oci.DockerHub
		}
		if got := registry + "/" + repo.RepositoryStr(); got != r.Repository() {
			t.Fatalf("%q: %q is %q", s, r, got)
		}
		if tag := r.TagName(); tag != "" {
			if _, err := name.NewTag(r.Repository() + ":" + tag); err != nil {
				t.Fatalf("%q: %v", s, err)
			}
		}
	})
}
