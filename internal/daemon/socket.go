package daemon

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"path"
)

// Address is where a daemon is, and how this user is known there.
type Address struct {
	Name    string // as people call it
	Kind    string // LXD or Incus: whose client has it configured
	Socket  string // path of a socket on this machine, or
	URL     string // https://HOST:PORT
	Project string // "" for the default one

	Certificate *tls.Certificate  // the user's
	Pinned      *x509.Certificate // the server's, if it was trusted by a person and not by an authority
}

// tls is how a connection to a remote daemon is made. One whose certificate a person has
// trusted must have exactly that: it needs no name in it.
func (a Address) tls(host string) *tls.Config {
	config := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if a.Certificate != nil {
		config.Certificates = []tls.Certificate{*a.Certificate}
	}
	if a.Pinned == nil {
		return config
	}
	config.InsecureSkipVerify = true // VerifyConnection does it
	config.VerifyConnection = func(state tls.ConnectionState) error {
		if !state.PeerCertificates[0].Equal(a.Pinned) {
			return fmt.Errorf("%s shows another certificate than the one that was trusted: if that is right, add the remote again", a.Name)
		}
		return nil
	}
	return config
}

// Sockets lists where the daemons of this machine may listen, as their clients look for
// them: by the environment, else in the usual places. exists says whether there is a socket.
func Sockets(env func(string) string, exists func(path string) bool) (all []Address) {
	places := []struct {
		kind, socket, dir string
		usual             []string
	}{
		{LXD, "LXD_SOCKET", "LXD_DIR", []string{"/var/snap/lxd/common/lxd/unix.socket", "/var/lib/lxd/unix.socket", "/var/snap/lxd/common/lxd-user/unix.socket"}},
		{Incus, "INCUS_SOCKET", "INCUS_DIR", []string{"/run/incus/unix.socket", "/var/lib/incus/unix.socket", "/run/incus/unix.socket.user", "/var/lib/incus/unix.socket.user"}},
	}
	named := false
	for _, p := range places {
		a := Address{Name: p.kind, Kind: p.kind, Socket: env(p.socket)}
		if dir := env(p.dir); a.Socket == "" && dir != "" {
			a.Socket = path.Join(dir, "unix.socket")
		}
		if a.Socket != "" {
			all, named = append(all, a), true
		}
	}
	if named {
		return all
	}
	for _, p := range places {
		for _, socket := range p.usual {
			if exists(socket) {
				all = append(all, Address{Name: p.kind, Kind: p.kind, Socket: socket})
				break
			}
		}
	}
	return all
}
