package imageapi

import (
	"cmp"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"lxdocker/internal/arch"
)

// family is whose client asks.
type family string

const (
	lxd   family = "LXD"
	incus family = "Incus"
)

// client is what a request says about who asks.
type client struct {
	family       family // "" if unknown
	major, minor int    // 0 if unknown
	arch         string // in LXD's words; "" if unknown
	daemon       bool   // not the command line
}

// clientOf reads the User-Agent of command lines and daemons, which is
//
//	LXD 5.0.2 (Linux; x86_64; 6.1.0; Debian GNU/Linux; 12)
//	Incus 7.0.2 (Linux; aarch64; …) (dir 1; zfs 2.1.5) (cluster)
//
// with " LTS" behind the version of some (LXD from 5.21 on). It has the kernel's
// word for the architecture of the machine that will run the image: a daemon
// asks again for what a command line has asked. Only daemons have storage pools,
// which the second parentheses name (shared/version/useragent.go).
func clientOf(userAgent string) client {
	said, about, _ := strings.Cut(userAgent, "(")
	words := strings.Fields(said)
	if len(words) < 2 {
		return client{}
	}
	var c client
	switch f := family(words[0]); f {
	case lxd, incus:
		c.family = f
	default:
		return client{} // a browser says x86_64 as well, of the wrong machine
	}
	numbers := strings.SplitN(words[1], ".", 3)
	c.major = number(numbers[0])
	if len(numbers) > 1 {
		c.minor = number(numbers[1])
	}
	about, more, _ := strings.Cut(about, ")")
	c.daemon = strings.Contains(more, "(")
	if fields := strings.Split(about, ";"); len(fields) > 1 {
		if a, ok := arch.ByClientName(strings.TrimSpace(fields[1])); ok {
			c.arch = a.Name
		}
	}
	return c
}

// number reads a part of a version; what is none is 0, as in a version that is
// not known.
func number(s string) int {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return 0
	}
	return int(n)
}

// applications says whether the client makes application containers: Incus from
// 6.3 on, of images that have the property "type: oci" and a config.json, which
// every image of ours has.
func (c client) applications() bool {
	return c.family == incus && (c.major > 6 || c.major == 6 && c.minor >= 3)
}

// firstWithApplications stands for all clients that make application containers.
var firstWithApplications = client{family: incus, major: 6, minor: 3}

// commandLine says whether the client is what a person types, or a program that uses
// the library of it.
func (c client) commandLine() bool { return c.family != "" && !c.daemon }

// archOr gives the client's architecture, or that of the server.
func (c client) archOr(own string) string { return cmp.Or(c.arch, own) }

// ShareOf is what counts as one client where something is shared among all: an address, or
// the network that a client with IPv6 has for itself alone (RFC 6177), a /64 at least.
func ShareOf(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	if a.Is6() {
		if network, err := a.Prefix(64); err == nil {
			return network.String()
		}
	}
	return a.String()
}

// ClientOf is which client asks, as ShareOf counts them.
func ClientOf(r *http.Request) string {
	if a, err := netip.ParseAddr(AddressOf(r)); err == nil {
		return ShareOf(a)
	}
	return AddressOf(r)
}

// AddressOf is the address of who asks, without the port.
func AddressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
