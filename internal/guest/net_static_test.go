package guest

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lxdocker/internal/rootfs"
)

// withNetworkConfig writes user.lxdocker.net as LXD does.
func withNetworkConfig(t *testing.T, config string) func(*rootfs.Tree) {
	return func(tree *rootfs.Tree) { must(t, tree.Put(".lxdocker/network", text(config))) }
}

func TestTheNetworkIsAsTheInstanceIsConfigured(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, config string
		eth0, eth1   string
		routes       []string
		resolv       string
		console      []string
	}{
		{
			name:   "fixed addresses of both families",
			config: "eth0 address=10.9.1.7/24 gateway=10.9.1.1 address=fd00:9:1::7/64 gateway=fd00:9:1::1 dns=1.1.1.1,fd00::53 search=example.org",
			eth0:   "10.9.1.7/24 fd00:9:1::7/64", eth1: "10.9.2.50/24",
			routes: []string{"via 10.9.1.1 dev eth0", "via 10.9.2.1 dev eth1 metric 100", "via fd00:9:1::1 dev eth0 metric 1024"},
			resolv: "search example.org\nnameserver 1.1.1.1\nnameserver fd00::53\nnameserver 10.9.2.1\n",
		},
		{
			name:   "a gateway that is not in the network, and another metric",
			config: "eth0 address=192.0.2.7/32 gateway=10.9.1.1 metric=50",
			eth0:   "192.0.2.7/32", eth1: "10.9.2.50/24",
			routes: []string{"via 10.9.1.1 dev eth0 metric 50", "via 10.9.2.1 dev eth1 metric 100"},
			resolv: "nameserver 10.9.2.1\n",
		},
		{
			name:   "DHCP with servers of one's own and an address more",
			config: "eth0 dhcp address=fd00:9:1::7/64 dns=9.9.9.9; eth1 none",
			eth0:   "10.9.1.50/24 fd00:9:1::7/64",
			routes: []string{"via 10.9.1.1 dev eth0"},
			resolv: "nameserver 9.9.9.9\n",
		},
		{
			name: "no network but one", config: "none; eth1 dhcp",
			eth1:   "10.9.2.50/24",
			routes: []string{"via 10.9.2.1 dev eth1 metric 100"},
			resolv: "nameserver 10.9.2.1\n",
		},
		{
			name: "mistakes, and what is right", config: "eth0 address=10.9.1.300/24 $(reboot); eth9 dhcp\neth1 address=10.9.2.7/24",
			eth0: "10.9.1.50/24", eth1: "10.9.2.7/24",
			routes: []string{"via 10.9.1.1 dev eth0"},
			resolv: "nameserver 10.9.1.1\n",
			console: []string{
				"user.lxdocker.net: '10.9.1.300/24' is no address for eth0: it takes ADDRESS/LENGTH, as 10.0.0.5/24 or fd00::5/64",
				"user.lxdocker.net: '$(reboot)' is not understood for eth0: dhcp, none, address=, gateway=, dns=, search=, metric= are",
				"user.lxdocker.net: there is no interface eth9 now",
			},
		},
		{
			name: "a gateway that cannot be", config: "eth0 address=10.9.1.7/24 gateway=10.9.1.255; eth1 none",
			eth0:    "10.9.1.7/24",
			console: []string{"eth0 has no way to the gateway 10.9.1.255"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			n := newNetwork(t, "eth0", "eth1")
			n.dnsmasq("eth0", lease("1")...)
			n.dnsmasq("eth1", lease("2")...)
			c := run(t, image{conf: "end 15", network: n, nics: []string{"eth0", "eth1"}, editInstalled: withNetworkConfig(t, test.config)})
			c.waitForLine("ready")
			c.waitForAddresses("eth0", test.eth0)
			c.waitForAddresses("eth1", test.eth1)
			routes := func() []string { return append(c.defaultRoutes("-4"), c.defaultRoutes("-6")...) }
			c.waitForCommand("all routes", func() bool { return len(routes()) == len(test.routes) })
			if diff := cmp.Diff(test.routes, routes()); diff != "" {
				t.Errorf("default routes (-wanted +got):\n%s", diff)
			}
			c.waitForFile("etc/resolv.conf", test.resolv)
			if diff := cmp.Diff(test.console, said(c, len(test.console))); diff != "" {
				t.Errorf("console (-wanted +got):\n%s", diff)
			}
		})
	}
}

// Where it waits for nothing, a wait would be one of ten minutes.
func TestHowLongTheApplicationWaits(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, config string
		least        time.Duration
		console      []string
	}{
		{"3 seconds", "wait=3", 3 * time.Second, []string{"eth0 has no address after 3 s: the application starts without, the search for one goes on"}},
		{"no waiting with wait=0", "wait=0", 0, nil},
		{"no waiting for interfaces without an address", "none; wait=600", 0, nil},
		{"for the first that gets one", "wait=2; eth0 none", 2 * time.Second, []string{"eth1 has no address after 2 s: the application starts without, the search for one goes on"}},
		{"no waiting for a fixed address", "eth0 address=10.9.1.7/24; wait=600", 0, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			n := newNetwork(t, "eth0", "eth1") // without any server
			begin := time.Now()
			c := run(t, image{conf: "end 15", network: n, nics: []string{"eth0", "eth1"}, editInstalled: withNetworkConfig(t, test.config)})
			c.waitForLine("ready")
			if took := time.Since(begin); took < test.least {
				t.Errorf("it took %v", took)
			}
			if diff := cmp.Diff(test.console, said(c, len(test.console))); diff != "" {
				t.Errorf("console (-wanted +got):\n%s", diff)
			}
		})
	}
}

// LXD and Incus configure NICs of the type routed, and Incus those of
// application containers.
func TestWhatTheHostHasConfiguredIsLeftAlone(t *testing.T) {
	t.Parallel()
	mounts := func(names ...string) func(*rootfs.Tree) {
		return func(tree *rootfs.Tree) {
			var b strings.Builder
			for _, name := range names {
				must(t, tree.Put("host-"+name, text("nameserver 7.7.7.7\n")))
				b.WriteString("$bb mount -o bind /host-" + name + " /etc/" + name + "\n")
			}
			must(t, tree.Put(".lxdocker/network.sh", text(b.String()+string(file("network.sh")))))
		}
	}
	for _, test := range []struct {
		name              string
		containerCommands [][]string
		editInstalled     func(*rootfs.Tree)
		eth0              string
		resolv            string
		dhcp              bool
	}{
		{
			name:              "an address and a route",
			containerCommands: [][]string{{"ip", "addr", "add", "192.0.2.9/32", "dev", "eth0"}, {"ip", "route", "add", "10.9.1.1", "dev", "eth0"}, {"ip", "route", "add", "default", "via", "10.9.1.1"}},
			eth0:              "192.0.2.9/32",
		},
		{name: "an IPv6 address", containerCommands: [][]string{{"ip", "addr", "add", "fd00:9:1::9/64", "dev", "eth0"}}, eth0: "fd00:9:1::9/64"},
		{name: "an application container of Incus, also without an address", editInstalled: mounts("hosts", "hostname", "resolv.conf"), resolv: "nameserver 7.7.7.7\n"},
		{name: "a resolv.conf, and nothing more", editInstalled: mounts("resolv.conf"), eth0: "10.9.1.50/24", resolv: "nameserver 7.7.7.7\n", dhcp: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			n := newNetwork(t, "eth0")
			n.dnsmasq("eth0", lease("1")...)
			c := run(t, image{conf: "end 15", network: n, nics: []string{"eth0"}, containerCommands: test.containerCommands, editInstalled: func(tree *rootfs.Tree) {
				withNetworkConfig(t, "wait=600")(tree) // nothing is waited for
				if test.editInstalled != nil {
					test.editInstalled(tree)
				}
			}})
			c.waitForLine("ready")
			c.waitForAddresses("eth0", test.eth0)
			if c.processOf("udhcpc", "eth0") != 0 != test.dhcp {
				t.Errorf("udhcpc: %d", c.processOf("udhcpc", "eth0"))
			}
			if got := c.file("etc/resolv.conf"); got != test.resolv {
				t.Errorf("/etc/resolv.conf holds %q", got)
			}
			if got := ours(c); len(got) != 0 {
				t.Errorf("the console says %q", got)
			}
		})
	}
}
