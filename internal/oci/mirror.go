package oci

import (
	"fmt"
	"net"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
)

// mirrors says which registry is asked in place of another one, by the name that
// go-containerregistry has for that. What comes from a mirror is held against
// digests like everything else; which digest a tag has, the mirror says.
type mirrors map[string]string

// newMirrors reads REGISTRY=HOST[:PORT].
func newMirrors(texts []string) (mirrors, error) {
	m := mirrors{}
	for _, text := range texts {
		of, at, found := strings.Cut(strings.ToLower(text), "=")
		if !found || !plainHost(of) || !plainHost(at) {
			return nil, fmt.Errorf("mirror %q: write REGISTRY=HOST or REGISTRY=HOST:PORT, like docker.io=mirror.example.org:5000", text)
		}
		if of == dockerHub {
			of = name.DefaultRegistry
		}
		m[of] = at
	}
	return m, nil
}

func plainHost(s string) bool {
	if strings.ContainsAny(s, "/@ ") {
		return false
	}
	if host, port, err := net.SplitHostPort(s); err == nil {
		s = host
		if port == "" {
			return false
		}
	}
	return s != ""
}

// of returns the repository to ask for one.
func (m mirrors) of(repo name.Repository) (name.Repository, error) {
	at, ok := m[repo.RegistryStr()]
	if !ok {
		return repo, nil
	}
	return name.NewRepository(at + "/" + repo.RepositoryStr())
}
