package guest

import (
	"strings"
	"testing"

	"lxdocker/internal/rootfs"
)

// lookingOften has netwatch look as often as it does after an event.
func lookingOften(t *testing.T) func(*rootfs.Tree) {
	return func(tree *rootfs.Tree) { edited(t, tree, ".lxdocker/netwatch", "1) longer ;;", "1) ;;") }
}

// hurrying has udhcpc wait for a second where it waits for three, or for ten: for
// each answer, and before it tries again.
func hurrying(t *testing.T, tree *rootfs.Tree) {
	edited(t, tree, ".lxdocker/nicdhcp.sh", "-T 3 -A 10", "-T 1 -A 1")
}

// expire has the lease of eth0 end, whose server has gone. No lease of udhcpc's is
// shorter than half a minute, but a renewal that is asked for and fails is its end.
func (c *container) expire() {
	c.t.Helper()
	c.busybox("kill", "-USR1", c.client("eth0"))
	c.waitForAddresses("eth0", "") // an expired lease must not be kept
	if got := c.file("run/lxdocker/dhcp.log"); !strings.Contains(got, "lease lost") {
		c.t.Errorf("the address has gone, but not of an expired lease: %s", got)
	}
}

func TestAServerThatGoesAndComesBackWithAnotherAddress(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, "eth0")
	first := n.udhcpd("eth0", 50)
	c := run(t, image{conf: "end 15", network: n, nics: []string{"eth0"}, editInstalled: func(tree *rootfs.Tree) { hurrying(t, tree) }})
	c.waitForLine("ready")
	c.waitForAddresses("eth0", "10.9.1.50/24")
	first.kill()
	c.expire()
	n.udhcpd("eth0", 77)
	c.waitForAddresses("eth0", "10.9.1.77/24")
	c.waitForCommand("the route", func() bool { return len(c.defaultRoutes("-4")) == 1 })
}

func TestAServerThatTakesALeaseBack(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, "eth0")
	first := n.dnsmasq("eth0", lease("1")...)
	c := run(t, image{conf: "end 15", network: n, nics: []string{"eth0"}})
	c.waitForLine("ready")
	first.kill()
	second := n.dnsmasq("eth0", "--dhcp-range=10.9.1.80,10.9.1.80,1h", "--dhcp-authoritative")
	c.busybox("kill", "-USR1", c.client("eth0")) // time to renew
	c.waitForAddresses("eth0", "10.9.1.80/24")
	if !strings.Contains(second.output(), "DHCPNAK") {
		t.Error("the server has not refused the old address")
	}
}

func TestTwoServersInOneNetwork(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, "eth0")
	n.exec(ip, "link", "add", "other", "type", "veth", "peer", "name", "other-end")
	n.exec(ip, "link", "add", "bridge", "type", "bridge")
	for _, name := range []string{"host-eth0", "other-end"} {
		n.exec(ip, "link", "set", name, "master", "bridge")
		n.exec(ip, "link", "set", name, "up")
	}
	n.exec(ip, "addr", "flush", "dev", "host-eth0")
	n.exec(ip, "addr", "add", "10.9.1.1/24", "dev", "bridge")
	n.exec(ip, "addr", "add", "10.9.1.2/24", "dev", "other")
	for _, name := range []string{"bridge", "other"} {
		n.exec(ip, "link", "set", name, "up")
	}
	n.dnsmasqOn("bridge", "--dhcp-range=10.9.1.50,10.9.1.50,1h", "--dhcp-authoritative")
	n.dnsmasqOn("other", "--dhcp-range=10.9.1.60,10.9.1.60,1h")
	c := run(t, image{conf: "end 15", network: n, nics: []string{"eth0"}})
	c.waitForLine("ready")
	c.waitFor("one lease", func() bool { return c.file("run/lxdocker/net.eth0.lease") != "" })
	got := c.addressesOf("eth0")
	if got != "10.9.1.50/24" && got != "10.9.1.60/24" {
		t.Errorf("eth0 has %q", got)
	}
	c.busybox("kill", "-USR1", c.client("eth0"))
	c.waitFor("a renewal", func() bool {
		return strings.Count(c.file("run/lxdocker/dhcp.log"), "obtained") > 1
	})
	if again := c.addressesOf("eth0"); again != got {
		t.Errorf("after a renewal, eth0 has %q", again)
	}
}

func TestAClientThatSomebodyEndsIsStartedAgain(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, "eth0")
	n.dnsmasq("eth0", lease("1")...)
	c := run(t, image{conf: "end 15", network: n, nics: []string{"eth0"}, editInstalled: func(tree *rootfs.Tree) {
		lookingOften(t)(tree)
		edited(t, tree, ".lxdocker/netwatch", "6000", "300") // a minute of three seconds
	}})
	c.waitForLine("ready")
	leases := func() int { return strings.Count(c.file("run/lxdocker/dhcp.log"), "obtained") }
	for _, signal := range []string{"TERM", "KILL"} {
		old, before := c.client("eth0"), leases()
		// The kernel drops this route when the address goes, however briefly.
		c.inNetwork(ip, "route", "add", "192.0.2.1", "dev", "eth0", "src", "10.9.1.50")
		c.busybox("kill", "-"+signal, old)
		// It may be asked to renew the lease at once: then there are two.
		c.waitFor("the next client's lease", func() bool {
			return c.client("eth0") != old && leases() > before
		})
		c.waitForAddresses("eth0", "10.9.1.50/24")
		c.inNetwork(ip, "route", "del", "192.0.2.1")
	}
	// A client that was made to release its lease.
	c.busybox("kill", "-USR2", c.client("eth0"))
	c.waitFor("the end of the lease", func() bool { return c.addressesOf("eth0") == "" })
	c.waitForAddresses("eth0", "10.9.1.50/24")
	c.waitFor("all zombies to go", func() bool { return zombies(t, c) == 0 })
}
