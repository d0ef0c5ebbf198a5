package access_test

import (
	"net/netip"
	"strings"
	"testing"

	"lxdocker/internal/server/access"
)

func TestNetworks(t *testing.T) {
	n, err := access.ParseNetworks([]string{"10.0.0.0/8", "192.0.2.7", "2001:db8::/32", "::1"})
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]bool{
		"10.255.0.1": true, "11.0.0.1": false, "192.0.2.7": true, "192.0.2.8": false, "::ffff:10.0.0.1": true,
		"2001:db8:1::1": true, "2001:db9::1": false, "::1": true, "fe80::1%eth0": false,
	} {
		if got := n.Contain(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
	if n.Contain(netip.Addr{}) {
		t.Error("nobody is in a range")
	}
}

func TestWhatIsNoRange(t *testing.T) {
	for text, want := range map[string]string{
		"10.0.0.0/33": "neither an address nor a range", "lan": "neither", "": "neither", "fe80::1%eth0": "neither",
		"10.0.0.5/8": "did you mean 10.0.0.0/8, or 10.0.0.5?", "::ffff:10.0.0.0/104": "of IPv4 itself",
	} {
		if _, err := access.ParseNetworks([]string{text}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
