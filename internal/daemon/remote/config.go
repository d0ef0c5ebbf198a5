package remote

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"lxdocker/internal/daemon"
)

// Config is what one client has configured.
type Config struct {
	Kind    string // daemon.LXD or daemon.Incus: whose client it is
	Folder  string
	Default string // the remote that it uses if none is named
	Remotes []Remote
}

// Remote is a daemon, or a server of images.
type Remote struct {
	Name     string `yaml:"-"`
	URL      string `yaml:"addr"`
	Protocol string `yaml:"protocol"` // lxd, incus, simplestreams, oci; "" is the client's own
	Project  string `yaml:"project"`
	Public   bool   `yaml:"public"` // a server of images, which knows no users
	kind     string
	folder   string
}

// Folders are where the clients keep their configuration, if there is one, each with its
// kind: named by the environment, or in this user's home.
func Folders(env func(string) string, home string) map[string]string {
	found := map[string]string{}
	for kind, places := range map[string][]string{
		daemon.LXD:   {env("LXD_CONF"), filepath.Join(home, "snap/lxd/common/config"), filepath.Join(home, ".config/lxc")},
		daemon.Incus: {env("INCUS_CONF"), filepath.Join(home, ".config/incus")},
	} {
		for _, folder := range places {
			if _, err := os.Stat(filepath.Join(folder, "config.yml")); folder != "" && err == nil {
				found[kind] = folder
				break
			}
		}
	}
	return found
}

// Read reads the configuration of a client in a folder.
func Read(kind, folder string) (Config, error) {
	c := Config{Kind: kind, Folder: folder}
	file := filepath.Join(folder, "config.yml")
	data, err := os.ReadFile(file)
	if err != nil {
		return c, fmt.Errorf("reading the remotes of %s: %w", kind, err)
	}
	var said struct {
		Default string            `yaml:"default-remote"`
		Remotes map[string]Remote `yaml:"remotes"`
	}
	if err := yaml.Unmarshal(data, &said); err != nil {
		return c, fmt.Errorf("reading the remotes of %s in %s: %w", kind, file, err)
	}
	c.Default = said.Default
	for _, name := range slices.Sorted(maps.Keys(said.Remotes)) {
		r := said.Remotes[name]
		r.Name, r.kind, r.folder = name, kind, folder
		c.Remotes = append(c.Remotes, r)
	}
	return c, nil
}

// Find returns the remote of a name.
func (c Config) Find(name string) (Remote, bool) {
	n := slices.IndexFunc(c.Remotes, func(r Remote) bool { return r.Name == name })
	if n < 0 {
		return Remote{}, false
	}
	return c.Remotes[n], true
}

// IsDaemon says whether the remote runs instances.
func (r Remote) IsDaemon() bool {
	return !r.Public && (r.Protocol == "" || r.Protocol == "lxd" || r.Protocol == "incus")
}

// IsImages says whether the remote is a server of images that speaks the daemons' own protocol.
func (r Remote) IsImages() bool {
	return r.Public && (r.Protocol == "" || r.Protocol == "lxd" || r.Protocol == "incus")
}

// IsLocal says whether the remote is a socket of this machine.
func (r Remote) IsLocal() bool { return strings.HasPrefix(r.URL, "unix:") }

// Socket is the path of the socket that the remote names: unix:///path, or unix:/path. It is
// "" for unix://, the socket where the client looks for the daemon.
func (r Remote) Socket() string {
	path, _ := strings.CutPrefix(r.URL, "unix:")
	if path, _ = strings.CutPrefix(path, "//"); path == "" {
		return ""
	}
	return filepath.Clean(path)
}

// Address is where a daemon is. That of unix:// is known by the environment alone.
func (r Remote) Address() (a daemon.Address, err error) {
	if r.IsLocal() {
		return daemon.Address{Name: r.Name, Kind: r.kind, Socket: r.Socket(), Project: r.Project}, nil
	}
	a = daemon.Address{Name: r.Name, Kind: r.kind, URL: r.URL, Project: r.Project}
	if a.Pinned, err = r.pinned(); err != nil {
		return a, err
	}
	own, err := tls.LoadX509KeyPair(filepath.Join(r.folder, "client.crt"), filepath.Join(r.folder, "client.key"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return a, nil // the daemon will say that it trusts nobody
	case err != nil:
		return a, fmt.Errorf("reading the certificate of this user in %s: %w", r.folder, err)
	}
	a.Certificate = &own
	return a, nil
}

// Source is an image of the remote, by its name there.
func (r Remote) Source(alias string) (daemon.Source, error) {
	s := daemon.Source{Type: "image", Mode: "pull", Alias: alias, Server: r.URL, Protocol: r.Protocol}
	if s.Protocol == "" {
		s.Protocol = "lxd"
		if r.kind == daemon.Incus {
			s.Protocol = "incus"
		}
	}
	if !r.Public && r.Protocol != "simplestreams" && r.Protocol != "oci" {
		return s, fmt.Errorf("%s is a daemon of your own and no server of images: copy the image with its client, or name one that was added with --public", r.Name)
	}
	pinned, err := r.pinned()
	if err != nil || pinned == nil {
		return s, err
	}
	s.Certificate = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pinned.Raw}))
	return s, nil
}

// pinned is the certificate that a person has trusted for the remote, if any.
func (r Remote) pinned() (*x509.Certificate, error) {
	file := filepath.Join(r.folder, "servercerts", r.Name+".crt")
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the certificate of %s: %w", r.Name, err)
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("reading the certificate of %s: %s is no PEM", r.Name, file)
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("reading the certificate of %s in %s: %w", r.Name, file, err)
	}
	return c, nil
}
