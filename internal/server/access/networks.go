package access

import (
	"fmt"
	"net/netip"
)

// Networks are ranges of addresses.
type Networks []netip.Prefix

// ParseNetworks reads addresses and ranges in CIDR notation (RFC 4632): 192.0.2.7,
// 10.0.0.0/8, 2001:db8::/32.
func ParseNetworks(texts []string) (all Networks, err error) {
	for _, t := range texts {
		n, err := parseNetwork(t)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, nil
}

func parseNetwork(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return p, fmt.Errorf("%q is neither an address nor a range such as 10.0.0.0/8 or 2001:db8::/32", text)
	case p.Addr().Is4In6():
		return p, fmt.Errorf("%q: write the range of IPv4 itself", text)
	case p != p.Masked():
		return p, fmt.Errorf("%q names one address and a range: did you mean %s, or %s?", text, p.Masked(), p.Addr())
	}
	return p, nil
}

// Contain says whether an address is in one of the ranges.
func (n Networks) Contain(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	for _, p := range n {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
