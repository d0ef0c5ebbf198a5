package oci

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// hubNames are hosts that are Docker Hub. It is called DockerHub here, whichever is written.
var hubNames = map[string]bool{
	"index.docker.io": true, "registry-1.docker.io": true, "registry.hub.docker.com": true,
}

// CanonicalHost returns the one way in which HOST or HOST:PORT is written here: patterns,
// names of images and logins would otherwise know one registry as several. HOST is a name,
// an IPv4 address, or an IPv6 address in brackets. What it makes of them:
//
//	GHCR.io, ghcr.io., ghcr.io:443, ghcr.io:0443   ghcr.io
//	index.docker.io, registry-1.docker.io          docker.io
//	[0:0::1]:05000                                 [::1]:5000
//	[::ffff:192.0.2.1]                             192.0.2.1
//
// Port 443 stays with a host of this machine, of which plain HTTP is tried first, and with
// a name without a dot, which is none of a host otherwise. Letters beyond ASCII are refused: DNS has none, and what a library makes of them depends on
// the library.
func CanonicalHost(s string) (string, error) {
	host, port, hasPort := s, "", false
	if i := strings.LastIndexByte(s, ':'); i > strings.LastIndexByte(s, ']') {
		host, port, hasPort = s[:i], s[i+1:], true
	}
	rooted := strings.HasSuffix(host, ".")
	host, hint := canonicalName(host)
	if host == "" {
		return "", fmt.Errorf("%q is no host%s", s, hint)
	}
	bare := !isHost(host) // it would be read as a name on Docker Hub
	if !hasPort && rooted && bare {
		return host + ":443", nil
	}
	if !hasPort {
		return host, nil
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return "", fmt.Errorf("%q is no port", port)
	}
	if n == 443 && !bare && !onThisMachine(host) {
		return host, nil
	}
	return fmt.Sprintf("%s:%d", host, n), nil
}

// canonicalName is CanonicalHost without the port; "" for what is no host, and perhaps a
// hint. Names in networks of containers may have underscores.
func canonicalName(host string) (name, hint string) {
	if inner, ok := strings.CutPrefix(host, "["); ok {
		address, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		switch {
		case err != nil || !address.Is6() || address.Zone() != "" || !strings.HasSuffix(inner, "]"):
			return "", ""
		case address.Is4In6():
			return address.Unmap().String(), ""
		}
		return "[" + address.String() + "]", ""
	}
	for _, c := range host {
		if c > 0x7e {
			return "", ": write its name in ASCII, an international one with xn--"
		}
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".") // names of hosts have no case, and end in the root
	if host == "" || len(host) > maxHost || host[0] == '-' || strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789.-_") != "" {
		return "", ""
	}
	labels := strings.Split(host, ".")
	for _, label := range labels {
		if label == "" {
			return "", ""
		}
	}
	// Some resolvers read 127.1, 0x7f000001 and 0177.0.0.1 as addresses.
	last := labels[len(labels)-1]
	if strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") && strings.Trim(last[2:], "0123456789abcdef") == "" {
		address, err := netip.ParseAddr(host)
		if err != nil {
			return "", ": an address has four numbers from 0 to 255, without leading zeros"
		}
		return address.String(), ""
	}
	if hubNames[host] {
		return DockerHub, ""
	}
	return host, ""
}

// maxHost is how long the name of a host can be, in bytes (RFC 1035, section 2.3.4).
const maxHost = 253

// onThisMachine says whether a host is this machine, as far as its name says.
func onThisMachine(host string) bool {
	address, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && address.IsLoopback()
}
