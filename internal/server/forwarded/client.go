package forwarded

import (
	"errors"
	"net/http"
	"net/netip"
	"strings"
)

// Origin is who asks, and how.
type Origin struct {
	Client netip.Addr
	Plain  bool // by HTTP without TLS, as all proxies say that say something
}

// Errors of proxies that have to be set up otherwise. To guess would be to trust what
// strangers write.
var (
	ErrTwo     = errors.New("the reverse proxy sends Forwarded and X-Forwarded-For, and they differ: it has to remove the one that it does not set")
	ErrUnknown = errors.New("the reverse proxy does not say which address asks")
)

// Of returns the origin of a request whose connection comes from peer. trusted says which
// addresses are proxies'.
func Of(h http.Header, peer netip.Addr, trusted func(netip.Addr) bool) (Origin, error) {
	peer = peer.Unmap().WithZone("")
	if !trusted(peer) {
		return Origin{Client: peer}, nil
	}
	xFor, xProto := list(h["X-Forwarded-For"]), list(h["X-Forwarded-Proto"])
	stdFor, stdProto, err := standard(h["Forwarded"])
	if err != nil {
		return Origin{}, ErrUnknown
	}
	client, err := last(xFor, peer, trusted)
	if err != nil {
		return Origin{}, err
	}
	if len(stdFor) > 0 {
		other, err := last(stdFor, peer, trusted)
		switch {
		case err != nil:
			return Origin{}, err
		case len(xFor) > 0 && other != client:
			return Origin{}, ErrTwo
		}
		client = other
	}
	return Origin{client, onlyPlain(xProto) || len(xProto) == 0 && onlyPlain(stdProto)}, nil
}

// last is the right-most address that is no proxy's; of proxies alone, the left-most.
func last(hops []string, peer netip.Addr, trusted func(netip.Addr) bool) (netip.Addr, error) {
	client := peer
	for i := len(hops) - 1; i >= 0; i-- {
		a, ok := address(hops[i])
		if !ok {
			return client, ErrUnknown
		}
		if client = a; !trusted(a) {
			break
		}
	}
	return client, nil
}

// address reads 192.0.2.1, 192.0.2.1:80, 2001:db8::1 and [2001:db8::1]:80.
func address(text string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		at, err := netip.ParseAddrPort(text)
		if err != nil {
			return netip.Addr{}, false
		}
		a = at.Addr()
	}
	return a.Unmap().WithZone(""), true
}

// list splits the values of a header, which may come in several lines.
func list(lines []string) (all []string) {
	for _, line := range lines {
		for word := range strings.SplitSeq(line, ",") {
			all = append(all, strings.TrimSpace(word))
		}
	}
	return all
}

func onlyPlain(protocols []string) bool {
	for _, p := range protocols {
		if !strings.EqualFold(p, "http") {
			return false
		}
	}
	return len(protocols) > 0
}
