package guest

import (
	"strings"
	"testing"

	"lxdocker/internal/rootfs"
)

// often makes what looks after the network look ten times as often.
func often(t *testing.T) func(*rootfs.Tree) {
	return func(tree *rootfs.Tree) {
		edited := strings.Replace(string(file("netwatch")), "1) idle=5", "1) idle=0.5", 1)
		must(t, tree.Put(".lxdocker/netwatch", text(edited)))
	}
}

func TestAServerThatGoesAndComesBackWithAnotherAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "eth0")
	first := w.udhcpd("eth0", 50, "option subnet 255.255.255.0\noption router 10.9.1.1\noption lease 8\n")
	c := run(t, image{conf: "end 15", world: w, plugs: []string{"eth0"}})
	c.ready("ready")
	c.gets("eth0", "10.9.1.50/24")
	first.end()
	c.gets("eth0", "") // it must not keep what is no longer its own
	w.udhcpd("eth0", 77, "option subnet 255.255.255.0\noption router 10.9.1.1\noption lease 600\n")
	c.gets("eth0", "10.9.1.77/24")
	c.until("the route", func() bool { return len(c.defaultRoutes("-4")) == 1 })
}

func TestAServerThatTakesALeaseBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "eth0")
	first := w.dnsmasq("eth0", lease("1")...)
	c := run(t, image{conf: "end 15", world: w, plugs: []string{"eth0"}})
	c.ready("ready")
	first.end()
	second := w.dnsmasq("eth0", "--dhcp-range=10.9.1.80,10.9.1.80,1h", "--dhcp-authoritative")
	c.busybox("kill", "-USR1", strings.TrimSpace(c.file("run/lxdocker/net.eth0.pid"))) // time to renew
	c.gets("eth0", "10.9.1.80/24")
	if !strings.Contains(second.said(), "DHCPNAK") {
		t.Error("the server has not refused the old address")
	}
}

func TestTwoServersInOneNetwork(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "eth0")
	w.do(ip, "link", "add", "other", "type", "veth", "peer", "name", "other-end")
	w.do(ip, "link", "add", "bridge", "type", "bridge")
	for _, name := range []string{"wire-eth0", "other-end"} {
		w.do(ip, "link", "set", name, "master", "bridge")
		w.do(ip, "link", "set", name, "up")
	}
	w.do(ip, "addr", "flush", "dev", "wire-eth0")
	w.do(ip, "addr", "add", "10.9.1.1/24", "dev", "bridge")
	w.do(ip, "addr", "add", "10.9.1.2/24", "dev", "other")
	for _, name := range []string{"bridge", "other"} {
		w.do(ip, "link", "set", name, "up")
	}
	w.dnsmasqOn("bridge", "--dhcp-range=10.9.1.50,10.9.1.50,1h", "--dhcp-authoritative")
	w.dnsmasqOn("other", "--dhcp-range=10.9.1.60,10.9.1.60,1h")
	c := run(t, image{conf: "end 15", world: w, plugs: []string{"eth0"}})
	c.ready("ready")
	c.until("one lease", func() bool { return c.file("run/lxdocker/net.eth0.lease") != "" })
	got := c.addressesOf("eth0")
	if got != "10.9.1.50/24" && got != "10.9.1.60/24" {
		t.Errorf("eth0 has %q", got)
	}
	c.busybox("kill", "-USR1", strings.TrimSpace(c.file("run/lxdocker/net.eth0.pid")))
	c.until("a renewal", func() bool {
		return strings.Count(c.file("run/lxdocker/dhcp.log"), "obtained") > 1
	})
	if again := c.addressesOf("eth0"); again != got {
		t.Errorf("after a renewal, eth0 has %q", again)
	}
}

func TestAClientThatSomebodyEndsIsStartedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "eth0")
	w.dnsmasq("eth0", lease("1")...)
	c := run(t, image{conf: "end 15", world: w, plugs: []string{"eth0"}, after: often(t)})
	c.ready("ready")
	for i, signal := range []string{"TERM", "KILL"} {
		old := strings.TrimSpace(c.file("run/lxdocker/net.eth0.pid"))
		// It goes if the address does, however shortly.
		c.inNet(ip, "route", "add", "192.0.2.1", "dev", "eth0", "src", "10.9.1.50")
		c.busybox("kill", "-"+signal, old)
		c.until("the next client's lease", func() bool { return strings.Count(c.file("run/lxdocker/dhcp.log"), "obtained") == i+2 })
		c.gets("eth0", "10.9.1.50/24")
		c.inNet(ip, "route", "del", "192.0.2.1")
	}
	// A client that was made to give its lease back.
	c.busybox("kill", "-USR2", strings.TrimSpace(c.file("run/lxdocker/net.eth0.pid")))
	c.until("the end of the lease", func() bool { return c.addressesOf("eth0") == "" })
	c.gets("eth0", "10.9.1.50/24")
	c.until("all zombies to go", func() bool { return zombies(t, c) == 0 })
}
