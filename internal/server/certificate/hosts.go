package certificate

import (
	"net"
	"os"
	"slices"
)

// Hosts are the names and addresses under which clients may know this machine:
// its host name first, then localhost, the others given, and the addresses of
// its network interfaces.
func Hosts(others ...string) []string {
	var hosts []string
	if name, err := os.Hostname(); err == nil && validHost(name) {
		hosts = append(hosts, name)
	}
	hosts = append(hosts, "localhost")
	for _, h := range append(others, addresses()...) {
		if h != "" && !slices.Contains(hosts, h) {
			hosts = append(hosts, h)
		}
	}
	return hosts
}

func addresses() []string {
	found := []string{"127.0.0.1", "::1"}
	all, err := net.InterfaceAddrs()
	if err != nil {
		return found
	}
	for _, a := range all {
		n, ok := a.(*net.IPNet)
		// Nobody writes a link-local address into a URL.
		if ok && (n.IP.IsGlobalUnicast() || n.IP.IsLoopback()) {
			found = append(found, n.IP.String())
		}
	}
	return found
}
