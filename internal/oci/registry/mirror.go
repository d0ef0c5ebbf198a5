package registry

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"lxdocker/internal/failure"
	"lxdocker/internal/oci"
)

const (
	// mirrorAttempts is how many times one request is sent to a mirror. It is less
	// than maxAttempts because the registry can be asked as well.
	mirrorAttempts = 2
	// mirrorDown is how long a mirror that could not answer is asked last.
	mirrorDown = time.Minute
)

// mirrors knows which host to ask before a registry. Data from a mirror are verified like
// all other data; but the mirror decides which digest a tag has.
//
// If a mirror cannot answer, or does not have what was requested, the registry is asked. If
// it refuses, the registry is not asked: the refusal may be a policy.
type mirrors struct {
	hosts map[string]string // of the mirror, by the registry that it stands for
	now   func() time.Time

	mu   sync.Mutex
	down map[string]time.Time // until when a mirror is asked last
}

// parseMirrors reads REGISTRY=HOST[:PORT]. Registries have the name in the result
// that go-containerregistry gives them.
func parseMirrors(texts []string) (map[string]string, error) {
	m := map[string]string{}
	for _, text := range texts {
		of, at, found := strings.Cut(strings.ToLower(text), "=")
		if !found || !plainHost(of) || !plainHost(at) {
			return nil, fmt.Errorf("mirror %q: write REGISTRY=HOST or REGISTRY=HOST:PORT, like docker.io=mirror.example.org:5000", text)
		}
		of, err := oci.CanonicalHost(of)
		if err != nil {
			return nil, fmt.Errorf("mirror %q: %w", text, err)
		}
		if of == oci.DockerHub {
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

// order returns the repositories to ask in place of one, in this order.
func (m *mirrors) order(repo name.Repository) ([]name.Repository, error) {
	host, ok := m.hosts[repo.RegistryStr()]
	if !ok {
		return []name.Repository{repo}, nil
	}
	mirror, err := name.NewRepository(host + "/" + repo.RepositoryStr())
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if until, ok := m.down[mirror.RegistryStr()]; ok && until.After(m.now()) {
		return []name.Repository{repo, mirror}, nil
	}
	return []name.Repository{mirror, repo}, nil
}

// failed records that a mirror could not answer. It ignores other hosts.
func (m *mirrors) failed(host string) {
	if !m.has(host) {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.down[host] = m.now().Add(mirrorDown)
}

func (m *mirrors) has(host string) bool {
	for _, h := range m.hosts {
		if h == host {
			return true
		}
	}
	return false
}

// attempts is how many times one request may be sent to a host.
func (m *mirrors) attempts(host string) int {
	if m.has(host) {
		return mirrorAttempts
	}
	return maxAttempts
}

// othersMayHelp reports whether another host may succeed where this one failed.
func othersMayHelp(resp *http.Response, err error) bool {
	if err == nil {
		if resp.StatusCode < http.StatusBadRequest || resp.StatusCode == http.StatusRequestedRangeNotSatisfiable {
			return false
		}
		err = &answerError{status: resp.StatusCode}
	}
	k := failure.KindOf(err)
	return k == failure.NotFound || k.Temporary()
}
