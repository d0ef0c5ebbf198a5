package registry

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"

	"lxdocker/internal/oci"
)

// certificates finds what people have put aside for the TLS of a registry: authorities
// and client certificates, in a folder named HOST or HOST:PORT, as podman, skopeo and
// docker read them (containers-certs.d(5)): *.crt is an authority to be trusted beside
// the system's, *.cert with *.key is what we show.
type certificates struct {
	folders []string        // whose folders are looked at; the first that has the host counts
	base    *http.Transport // what others are made from

	mu   sync.Mutex
	made map[string]transports // by registry
}

// transports speak to one registry, and to where it sends us.
type transports struct {
	stamp                string // of the files they are made from
	verified, unverified *http.Transport
}

// certificateFolders are the places where podman and skopeo look, and then docker's.
func certificateFolders(getenv func(string) string) (folders []string) {
	if dir := getenv("XDG_CONFIG_HOME"); dir != "" {
		folders = append(folders, filepath.Join(dir, "containers/certs.d"))
	} else if dir := getenv("HOME"); dir != "" {
		folders = append(folders, filepath.Join(dir, ".config/containers/certs.d"))
	}
	return append(folders, "/etc/containers/certs.d", "/etc/docker/certs.d")
}

type registryKey struct{}

// forRegistry notes for which registry requests are, whatever host they go to: its
// certificates are those of its token service and of what it redirects to, too.
func forRegistry(ctx context.Context, host string) context.Context {
	return context.WithValue(ctx, registryKey{}, host)
}

// registryOf is the registry that a request is for.
func registryOf(req *http.Request) string {
	if host, ok := req.Context().Value(registryKey{}).(string); ok {
		return host
	}
	return req.URL.Host
}

// of returns the transports for a registry, nil ones if nothing was put aside for it.
// Files are read again when they change.
func (c *certificates) of(host string) (transports, error) {
	folder, stamp := c.find(host)
	c.mu.Lock()
	defer c.mu.Unlock()
	known, ok := c.made[host]
	if known.stamp == stamp {
		return known, nil
	}
	if ok {
		known.verified.CloseIdleConnections()
		known.unverified.CloseIdleConnections()
		delete(c.made, host)
	}
	if stamp == "" {
		return transports{}, nil
	}
	config, err := readCertificates(folder)
	if err != nil {
		return transports{}, fmt.Errorf("reading the certificates for %s: %w", host, err)
	}
	made := transports{stamp, c.base.Clone(), c.base.Clone()}
	made.verified.TLSClientConfig = config
	made.unverified.TLSClientConfig = config.Clone()
	made.unverified.TLSClientConfig.InsecureSkipVerify = true
	c.made[host] = made
	return made, nil
}

// find returns the folder for a host, and what its files look like; "" if there is none.
func (c *certificates) find(host string) (folder, stamp string) {
	names := withPort(host)
	if host == name.DefaultRegistry {
		names = []string{oci.DockerHub, host}
	}
	for _, dir := range c.folders {
		for _, n := range names {
			if strings.ContainsRune(n, filepath.Separator) || n == "." || n == ".." {
				continue
			}
			folder := filepath.Join(dir, n)
			entries, err := os.ReadDir(folder)
			if err != nil {
				continue // there is none, or it is not for us
			}
			stamp := folder
			for _, e := range entries {
				if info, err := os.Stat(filepath.Join(folder, e.Name())); err == nil {
					stamp += fmt.Sprintf("\n%s %d %d", e.Name(), info.Size(), info.ModTime().UnixNano())
				}
			}
			return folder, stamp
		}
	}
	return "", ""
}

func readCertificates(folder string) (*tls.Config, error) {
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	config := &tls.Config{RootCAs: pool}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		path := filepath.Join(folder, e.Name())
		switch stem, kind := strings.TrimSuffix(path, filepath.Ext(path)), filepath.Ext(path); kind {
		case ".crt":
			text, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			if !pool.AppendCertsFromPEM(text) {
				return nil, fmt.Errorf("%s has no certificate in PEM", path)
			}
		case ".cert":
			pair, err := tls.LoadX509KeyPair(path, stem+".key")
			if errors.Is(err, fs.ErrNotExist) {
				return nil, fmt.Errorf("%s needs its key, %s.key (authorities are called *.crt)", path, stem)
			}
			if err != nil {
				return nil, fmt.Errorf("%s and its key: %w", path, err)
			}
			config.Certificates = append(config.Certificates, pair)
		}
	}
	return config, nil
}
