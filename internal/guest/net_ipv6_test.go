package guest

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lxdocker/internal/rootfs"
)

// advertise is what dnsmasq needs to advertise network N, and to do no DHCP.
func advertise(n string) []string {
	return []string{"--enable-ra", "--dhcp-range=fd00:9:" + n + "::,ra-only,64,1h"}
}

func TestAnAddressOfARouterIsAnAddress(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, "eth0", "eth1")
	n.dnsmasq("eth0", advertise("1")...)
	n.dnsmasq("eth1", advertise("2")...)
	c := run(t, image{conf: "end 15", network: n, nics: []string{"eth0", "eth1"}, editInstalled: withNetworkConfig(t, "wait=600")})
	c.waitForLine("ready")
	if got := c.addressesOf("eth0"); !strings.HasPrefix(got, "fd00:9:1:0:") {
		t.Errorf("eth0 has %q", got)
	}
	if got := c.inNetwork(ip, "addr", "show", "dev", "eth0", "scope", "global", "tentative"); got != "" {
		t.Errorf("the application has started before its address was known to be free: %s", got)
	}
	if got := ours(c); len(got) != 0 {
		t.Errorf("the console says %q", got)
	}
	c.waitForCommand("the other's address", func() bool { return strings.HasPrefix(c.addressesOf("eth1"), "fd00:9:2:0:") })
	c.waitForCommand("both routes", func() bool { return len(c.defaultRoutes("-6")) == 2 })
	var found []string
	for _, route := range c.defaultRoutes("-6") {
		_, rest, _ := strings.Cut(route, "dev ")
		found = append(found, rest)
	}
	if diff := cmp.Diff([]string{"eth0 metric 1024", "eth1 metric 1124"}, found); diff != "" {
		t.Errorf("default routes (-wanted +got):\n%s", diff)
	}
	if got := c.inNetwork("cat", "/proc/sys/net/ipv6/conf/all/forwarding"); got != "0" {
		t.Errorf("forwarding is %q", got)
	}
}

// DHCPv4 knows nothing about IPv6 servers: they are somebody else's.
func TestAServerOfIPv6InResolvConfStays(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, "eth0")
	n.dnsmasq("eth0", lease("1")...)
	c := run(t, image{conf: "end 15", network: n, nics: []string{"eth0"}, edit: func(tree *rootfs.Tree) {
		must(t, tree.Put("etc/resolv.conf", text("# mine\nnameserver 8.8.8.8\nnameserver fd00::53\nnameserver $(x)::\n")))
	}})
	c.waitForLine("ready")
	c.waitForFile("etc/resolv.conf", "nameserver 10.9.1.1\nnameserver fd00::53\n")
	// A renewal writes /etc/resolv.conf only if that changes, and then the lease.
	old := time.Unix(1e9, 0)
	changed := func(name string) bool {
		info, err := os.Stat(c.path(name))
		must(t, err)
		return !info.ModTime().Equal(old)
	}
	for _, name := range []string{"etc/resolv.conf", "run/lxdocker/net.eth0.lease"} {
		must(t, os.Chtimes(c.path(name), old, old))
	}
	c.busybox("kill", "-USR1", c.client("eth0"))
	c.waitFor("a renewal", func() bool { return changed("run/lxdocker/net.eth0.lease") })
	if got := c.file("etc/resolv.conf"); got != "nameserver 10.9.1.1\nnameserver fd00::53\n" || changed("etc/resolv.conf") {
		t.Errorf("after a renewal, /etc/resolv.conf is written, and holds %q", got)
	}
}

// An IPv6 server that the instance configured goes when it configures another.
func TestAServerOfIPv6ThatWasOursGoes(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, "eth0")
	n.dnsmasq("eth0", lease("1")...)
	c := run(t, image{conf: "end 15", network: n, nics: []string{"eth0"}, editInstalled: func(tree *rootfs.Tree) {
		must(t, tree.Put(".lxdocker/servers", text("fd00::1\n"))) // from the last start
		must(t, tree.Put("etc/resolv.conf", text("nameserver fd00::1\n")))
		must(t, tree.Put(".lxdocker/network", text("eth0 dns=fd00::2")))
	}})
	c.waitForLine("ready")
	c.waitForFile("etc/resolv.conf", "nameserver fd00::2\n")
}

// The busybox of Debian 13 can ask for them, that of Debian 12 cannot: this passes with both.
func TestNameServersByDHCPv6WhereBusyboxCan(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, "eth0")
	n.dnsmasq("eth0", append(lease("1"), "--enable-ra", "--dhcp-range=fd00:9:1::,ra-stateless,64,1h", "--dhcp-option=option6:dns-server,[fd00::53]",
		"--dhcp-option=option6:domain-search,six.example")...)
	c := run(t, image{conf: "end 15", network: n, nics: []string{"eth0"}})
	c.waitForLine("ready")
	if strings.Contains(c.busybox("--list"), "udhcpc6") {
		c.waitForFile("etc/resolv.conf", "search six.example\nnameserver 10.9.1.1\nnameserver fd00:0000:0000:0000:0000:0000:0000:0053\n")
		return
	}
	c.waitForCommand("an IPv6 address", func() bool { return strings.Contains(c.addressesOf("eth0"), "fd00:9:1:0:") })
	c.waitForFile("etc/resolv.conf", "nameserver 10.9.1.1\n")
}
