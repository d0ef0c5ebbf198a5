package registry

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"lxdocker/internal/oci"
)

// newKeychains returns the sources of credentials; the first one with a login wins:
// podman's auth.json, then what ggcr reads, which is docker's config.json with its
// helpers, and helpers named in auth.json.
//
// ggcr alone would read auth.json only if there is no config.json, would not find
// Docker Hub under podman's name for it, and would take any of several logins for
// one registry.
func newKeychains(getenv func(string) string) []authn.Keychain {
	return []authn.Keychain{podmanKeychain{getenv}, authn.DefaultKeychain}
}

// credentials returns the credentials for a repository. Like docker, it continues
// without any if they cannot be read, since most images are public; the warning says
// why, in case the registry refuses.
func (c *Client) credentials(ctx context.Context, repo name.Repository) (auth authn.Authenticator, warning error) {
	type result struct {
		auth authn.Authenticator
		err  error
	}
	done := make(chan result, 1)
	go func() { // helpers are programs, which may hang
		a, err := firstLogin(ctx, c.keychains, repo)
		done <- result{a, err}
	}()
	select {
	case <-ctx.Done():
		return authn.Anonymous, nil
	case r := <-done:
		if r.err == nil {
			return r.auth, nil
		}
		// The output of the helper follows, which may contain a secret.
		text, _, _ := strings.Cut(r.err.Error(), ", out:")
		warning = fmt.Errorf("credentials for %s cannot be read: %s", repo.RegistryStr(), printable(text))
		c.log.WarnContext(ctx, "going on without credentials", "registry", repo.RegistryStr(), "error", warning)
		return authn.Anonymous, warning
	}
}

// firstLogin returns the first login found, and an error only if there is none.
func firstLogin(ctx context.Context, from []authn.Keychain, target authn.Resource) (authn.Authenticator, error) {
	var failed error
	for _, host := range withPort(target.RegistryStr()) {
		for _, k := range from {
			auth, err := authn.Resolve(ctx, k, spelled{target, host})
			if err == nil && auth != authn.Anonymous {
				return auth, nil
			}
			failed = cmp.Or(failed, err)
		}
	}
	return authn.Anonymous, failed
}

// withPort returns how people may have written a registry for which they put something
// aside: one without a port has 443.
func withPort(host string) []string {
	if _, _, err := net.SplitHostPort(host); err == nil || host == name.DefaultRegistry {
		return []string{host}
	}
	return []string{host, host + ":443"}
}

// spelled is a resource, with another spelling of its registry.
type spelled struct {
	authn.Resource
	host string
}

func (s spelled) RegistryStr() string { return s.host }

func (s spelled) String() string {
	return s.host + strings.TrimPrefix(s.Resource.String(), s.Resource.RegistryStr())
}

// podmanKeychain reads the logins of podman, buildah and skopeo
// (containers-auth.json(5)).
type podmanKeychain struct {
	getenv func(string) string
}

func (k podmanKeychain) Resolve(target authn.Resource) (authn.Authenticator, error) {
	path := k.path()
	if path == "" {
		return authn.Anonymous, nil
	}
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return authn.Anonymous, nil
	} else if err != nil {
		return nil, err
	}
	var file struct {
		Auths map[string]json.RawMessage `json:"auths"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	key := target.String()
	if rest, ok := strings.CutPrefix(key, name.DefaultRegistry); ok {
		key = oci.DockerHub + rest
	}
	for { // the login for the longest part of the name counts
		if entry, ok := file.Auths[key]; ok {
			var login authn.AuthConfig
			if json.Unmarshal(entry, &login) != nil {
				// The error of encoding/json would quote the secret.
				return nil, fmt.Errorf("%s: the login for %s cannot be read", path, key)
			}
			if login != (authn.AuthConfig{}) {
				return authn.FromConfig(login), nil
			}
		}
		i := strings.LastIndexByte(key, '/')
		if i < 0 {
			return authn.Anonymous, nil
		}
		key = key[:i]
	}
}

func (k podmanKeychain) path() string {
	if path := k.getenv("REGISTRY_AUTH_FILE"); path != "" {
		return path
	}
	var tried []string
	if dir := k.getenv("XDG_RUNTIME_DIR"); dir != "" {
		tried = append(tried, filepath.Join(dir, "containers/auth.json"))
	}
	if dir := k.getenv("XDG_CONFIG_HOME"); dir != "" {
		tried = append(tried, filepath.Join(dir, "containers/auth.json"))
	} else if dir := k.getenv("HOME"); dir != "" {
		tried = append(tried, filepath.Join(dir, ".config/containers/auth.json"))
	}
	// podman login as root, read by a service without a session of its own.
	tried = append(tried, fmt.Sprintf("/run/containers/%d/auth.json", os.Getuid()))
	for _, path := range tried {
		if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() {
			return path
		}
	}
	return ""
}
