package guest

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lxdocker/internal/rootfs"
)

// lease is what dnsmasq needs to give away one address of network N.
func lease(n string, options ...string) []string {
	return append([]string{"--dhcp-range=10.9." + n + ".50,10.9." + n + ".50,1h", "--dhcp-option=6,10.9." + n + ".1"}, options...)
}

func TestSeveralInterfaces(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, "eth0", "eth1", "lan")
	n.dnsmasq("eth0", lease("1", "--domain=one.example")...)
	n.dnsmasq("eth1", lease("2", "--domain=two.example", "--dhcp-option=6,10.9.1.1,10.9.2.1")...)
	n.dnsmasq("lan", lease("3")...)
	c := run(t, image{conf: "end 15", network: n, nics: []string{"eth1", "lan", "eth0"}})
	c.waitForLine("ready")
	if got := c.addressesOf("eth0"); got != "10.9.1.50/24" {
		t.Errorf("the application has started before eth0 had an address: %q", got)
	}
	c.waitForAddresses("eth1", "10.9.2.50/24")
	c.waitForAddresses("lan", "10.9.3.50/24")
	want := []string{"via 10.9.1.1 dev eth0", "via 10.9.2.1 dev eth1 metric 100", "via 10.9.3.1 dev lan metric 200"}
	c.waitForCommand("all routes", func() bool { return len(c.defaultRoutes("-4")) == 3 })
	if diff := cmp.Diff(want, c.defaultRoutes("-4")); diff != "" {
		t.Errorf("default routes (-wanted +got):\n%s", diff)
	}
	resolv := "search one.example two.example\nnameserver 10.9.1.1\nnameserver 10.9.2.1\nnameserver 10.9.3.1\n"
	c.waitForFile("etc/resolv.conf", resolv)
	if got := ours(c); len(got) != 0 {
		t.Errorf("the console says %q", got)
	}
}

func TestAnInterfaceThatComesLater(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name          string
		within        time.Duration
		editInstalled func(*rootfs.Tree)
	}{
		{"at once, by uevents", 3 * time.Second, func(*rootfs.Tree) {}},
		{"after a while, where busybox has no uevent", 9 * time.Second, func(tree *rootfs.Tree) {
			edited(t, tree, ".lxdocker/netwatch", "$bb uevent", "$bb no-such-applet")
			edited(t, tree, ".lxdocker/netwatch", "*) idle=5 ;;", "*) idle=2 ;;")
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			n := newNetwork(t, "eth0", "eth1", "tun7")
			n.dnsmasq("eth0", lease("1")...)
			n.dnsmasq("eth1", lease("2", "--dhcp-range=10.9.2.60,10.9.2.99,1h")...)
			c := run(t, image{conf: "end 15", network: n, nics: []string{"eth0"}, editInstalled: test.editInstalled})
			c.waitForLine("ready")
			for range 2 {
				n.exec(ip, "addr", "flush", "dev", "host-eth1")
				n.exec(ip, "addr", "add", "10.9.2.1/24", "dev", "host-eth1")
				c.attach(n, "eth1")
				begin := time.Now()
				c.waitForCommand("an address for eth1", func() bool { return strings.HasPrefix(c.addressesOf("eth1"), "10.9.2.") })
				if took := time.Since(begin); took > test.within {
					t.Errorf("that took %v", took)
				}
				c.waitForFile("etc/resolv.conf", "nameserver 10.9.1.1\nnameserver 10.9.2.1\n")
				// A process that becomes udhcpc just now has no name yet.
				c.waitForCommand("its udhcpc", func() bool { return c.processOf("udhcpc", "-i eth1") != 0 })
				c.inNetwork(ip, "link", "set", "eth1", "netns", n.namespace())
				c.waitForCommand("the end of its udhcpc", func() bool { return c.processOf("udhcpc", "-i eth1") == 0 })
				c.waitForFile("etc/resolv.conf", "nameserver 10.9.1.1\n")
			}
			// Not every new interface comes from the host.
			c.attach(n, "tun7")
			c.attach(n, "eth1")
			c.waitForCommand("eth1 again", func() bool { return c.processOf("udhcpc", "-i eth1") != 0 })
			if c.processOf("udhcpc", "tun7") != 0 {
				t.Error("there is a udhcpc for tun7")
			}
		})
	}
}

func TestTheFirstInterfaceMayComeLater(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, "eth0")
	n.dnsmasq("eth0", lease("1")...)
	c := run(t, image{conf: "end 15", network: n, editInstalled: withNetworkConfig(t, "wait=600")})
	c.waitForLine("ready")
	c.attach(n, "eth0")
	c.waitForAddresses("eth0", "10.9.1.50/24")
	c.waitForCommand("the route", func() bool { return len(c.defaultRoutes("-4")) == 1 })
	if got := c.defaultRoutes("-4")[0]; got != "via 10.9.1.1 dev eth0" {
		t.Errorf("the default route is %q", got)
	}
}

func TestAnInterfaceGetsItsAddressWithItsLink(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, "eth0", "eth1")
	n.exec(ip, "link", "set", "host-eth1", "down")
	n.dnsmasq("eth0", lease("1")...)
	n.dnsmasq("eth1", lease("2")...)
	c := run(t, image{conf: "end 15", network: n, nics: []string{"eth0", "eth1"}, editInstalled: func(tree *rootfs.Tree) {
		lookingOften(t)(tree)
		// The address must not come of the client's next try.
		edited(t, tree, ".lxdocker/nicdhcp.sh", "-T 3", "-T $([ $nic = eth0 ] && echo 3 || echo 600)")
	}})
	c.waitForLine("ready")
	c.waitFor("the first try", func() bool { return strings.Count(c.file("run/lxdocker/dhcp.log"), "discover") >= 2 })
	n.exec(ip, "link", "set", "host-eth1", "up")
	c.waitForAddresses("eth1", "10.9.2.50/24")
}

// The processes of the network are apart from the application: they have none of
// its files open and ignore most signals.
func TestTheNetworkIsApartFromTheApplication(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, "eth0")
	n.dnsmasq("eth0", lease("1")...)
	c := run(t, image{conf: "end 15", network: n, nics: []string{"eth0"}})
	c.waitForLine("ready")
	application, err := os.Readlink("/proc/" + itoa(c.cmd.Process.Pid) + "/fd/1")
	must(t, err)
	for _, words := range [][]string{{"netwatch"}, {"uevent"}, {"udhcpc"}} {
		pid := c.processOf(words...)
		if pid == 0 {
			t.Fatalf("there is no %s", words)
		}
		fds := c.busybox("sh", "-c", "cd /proc/"+itoa(pid)+"/fd && for f in *; do readlink $f; done; true")
		if strings.Contains(fds, application) {
			t.Errorf("%s has the console open: %s", words, fds)
		}
		if words[0] == "udhcpc" {
			continue // it ends at TERM, and is started again
		}
		for _, signal := range []string{"HUP", "INT", "QUIT", "USR1", "USR2", "PIPE", "ALRM", "TERM"} {
			c.busybox("kill", "-"+signal, itoa(pid))
		}
		if c.processOf(words...) != pid {
			t.Errorf("%s has ended", words)
		}
	}
	c.waitFor("all zombies to go", func() bool { return zombies(t, c) == 0 })
}

func TestAStopWhileTheNetworkIsAwaited(t *testing.T) {
	t.Parallel()
	for _, supervised := range []bool{true, false} {
		n := newNetwork(t, "eth0")
		c := run(t, image{Process: Process{Supervise: supervision(supervised)}, conf: "exit 9", network: n, nics: []string{"eth0"}, editInstalled: withNetworkConfig(t, "wait=600")})
		c.waitFor("udhcpc", func() bool { return c.client("eth0") != "" })
		c.signal(syscall.SIGPWR)
		if code := c.wait(); code != 0 {
			t.Errorf("exit status %d", code)
		}
	}
}
