package registry

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"lxdocker/internal/failure"
)

// guard keeps requests that strangers cause from reaching what only this machine can
// reach: itself, and the networks it is in. It looks at the address that is dialed, after
// names were looked up, of each hop: of a registry, and of the token services and other
// hosts that it sends us to. Hosts that a person has named are exempt.
type guard struct {
	named   func() []string // HOST for all its ports, or HOST:PORT
	proxies []string        // HOST:PORT of this machine's own proxies
}

// newGuard makes a guard that lets requests through to named hosts.
func newGuard(named func() []string) *guard {
	g := &guard{named: named}
	for _, variable := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		if at := proxyAddress(os.Getenv(variable)); at != "" {
			g.proxies = append(g.proxies, at)
		}
	}
	return g
}

// proxyAddress is the HOST:PORT of a proxy, as net/http dials it; "" if it is none.
func proxyAddress(text string) string {
	if text != "" && !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return ""
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// over returns a transport that dials through the guard.
func (g *guard) over(t *http.Transport) *http.Transport {
	guarded := t.Clone()
	guarded.DialContext = g.dial
	return guarded
}

func (g *guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}
	if !g.exempt(address) {
		d.ControlContext = func(_ context.Context, _, to string, _ syscall.RawConn) error {
			if at, err := netip.ParseAddrPort(to); err != nil || !public(at.Addr()) {
				return notPublic(address)
			}
			return nil
		}
	}
	return d.DialContext(ctx, network, address)
}

// check refuses what is no public host by its name alone: behind a proxy, nothing else
// can be known of it.
func (g *guard) check(authority string) error {
	host := hostOf(authority)
	addr, err := netip.ParseAddr(host)
	if !loopback(authority) && (err != nil || public(addr)) || g.names(authority) {
		return nil
	}
	return notPublic(authority)
}

func (g *guard) exempt(address string) bool {
	return slices.Contains(g.proxies, address) || g.names(address)
}

// names says whether a person has named a host.
func (g *guard) names(authority string) bool { return insecure(g.named()).named(authority) }

func notPublic(authority string) error {
	return fmt.Errorf("%w: %w", errPolicy, failure.Errorf(failure.Denied,
		"%s is in a network of this server's own: images from there can be asked for if a pattern of --on-demand names that very host", authority))
}

// special are networks that are neither private nor the public internet: RFC 6890 has most
// of them.
var special = parsePrefixes("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4", "100::/64", "2001:db8::/32", "3fff::/20", "5f00::/16", "fec0::/10")

// embedding are IPv6 networks whose addresses contain one of IPv4, and where in it.
var embedding = map[netip.Prefix]int{
	netip.MustParsePrefix("64:ff9b::/96"):   12, // NAT64, RFC 6052
	netip.MustParsePrefix("64:ff9b:1::/48"): 12, // RFC 8215
	netip.MustParsePrefix("2002::/16"):      2,  // 6to4, RFC 3056
	netip.MustParsePrefix("::/96"):          12, // RFC 4291, 2.5.5.1
}

func parsePrefixes(texts ...string) (all []netip.Prefix) {
	for _, t := range texts {
		all = append(all, netip.MustParsePrefix(t))
	}
	return all
}

// public says whether an address is one of the public internet.
func public(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	for p, at := range embedding {
		if p.Contains(a) {
			b := a.As16()
			return public(netip.AddrFrom4([4]byte(b[at : at+4])))
		}
	}
	return true
}
