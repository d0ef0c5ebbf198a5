package guest

import (
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"lxdocker/internal/rootfs"
)

// What else happens while netwatch, a client or a script of it is in the middle of
// something. On a busy machine, all of this does.

// edited gives one of our files with a change in it.
func edited(t *testing.T, tree *rootfs.Tree, name, old, replacement string) {
	t.Helper()
	ino, ok := tree.Lookup(name)
	if !ok {
		t.Fatalf("there is no /%s", name)
	}
	content := string(contentOf(t, ino))
	if strings.Count(content, old) != 1 {
		t.Fatalf("/%s has %d × %q", name, strings.Count(content, old), old)
	}
	must(t, tree.Put(name, text(strings.Replace(content, old, replacement, 1))))
}

// countingLooks has netwatch write down how often it has looked, and hear no uevents.
func countingLooks(t *testing.T, tree *rootfs.Tree) {
	edited(t, tree, ".lxdocker/netwatch", "\t\twait_for_news \"$idle\"\n", "\t\techo $rounds >/looks\n\t\twait_for_news \"$idle\"\n")
	edited(t, tree, ".lxdocker/netwatch", "$bb uevent", "$bb no-such-applet")
}

func (c *container) looks() int {
	n, _ := strconv.Atoi(strings.TrimSpace(c.file("looks")))
	return n
}

// wake does what a uevent does.
func (c *container) wake() {
	c.t.Helper()
	f, err := os.OpenFile(c.path("run/lxdocker/net.wake"), os.O_RDWR, 0)
	must(c.t, err)
	defer f.Close()
	_, err = f.WriteString("\n")
	must(c.t, err)
}

// look has netwatch look at everything once more.
func (c *container) look() {
	c.t.Helper()
	before := c.looks()
	c.wake()
	c.waitFor("a look", func() bool { return c.looks() > before })
}

func (c *container) touch(name string) {
	c.t.Helper()
	must(c.t, os.WriteFile(c.path(name), nil, 0o644))
}

func (c *container) has(name string) bool {
	_, err := os.Stat(c.path(name))
	return err == nil
}

// Between fork and exec, a client's command line is not that of udhcpc, and for a
// moment it is none.
func TestAClientThatIsOnlyJustStartingIsStartedOnce(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, "eth0", "eth1")
	n.dnsmasq("eth1", lease("2")...)
	c := run(t, image{conf: "end 15", network: n, nics: []string{"eth0"}, editInstalled: func(tree *rootfs.Tree) {
		withNetworkConfig(t, "eth0 none")(tree)
		countingLooks(t, tree)
		edited(t, tree, ".lxdocker/nicdhcp.sh", "$bb udhcpc -f", `$bb sh -c 'until [ -e /go ]; do $0 usleep 10000; done; exec $0 udhcpc "$@"' $bb -f`)
	}})
	c.waitForLine("ready")
	c.attach(n, "eth1")
	c.waitFor("a client", func() bool { return c.client("eth1") != "" })
	for range 3 {
		c.look()
	}
	c.touch("go")
	c.waitForAddresses("eth1", "10.9.2.50/24")
	if got := c.processesOf("udhcpc ", "-i eth1"); len(got) != 1 || itoa(got[0]) != c.client("eth1") {
		t.Errorf("its clients are %d, and the one that counts is %s", got, c.client("eth1"))
	}
	c.inNetwork(ip, "link", "set", "eth1", "netns", n.namespace())
	c.waitForCommand("the end of all clients", func() bool { return c.processOf("udhcpc", "-i eth1") == 0 })
}

// KILL ends udhcpc, but not the script that it has just started.
func TestAScriptThatOutlivesItsInterfaceLeavesNothing(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, "eth0", "eth1")
	n.dnsmasq("eth0", lease("1")...)
	n.dnsmasq("eth1", lease("2")...)
	c := run(t, image{conf: "end 15", network: n, nics: []string{"eth0", "eth1"}, editInstalled: func(tree *rootfs.Tree) {
		const script = "lxd-udhcpc-default.script.real"
		edited(t, tree, script, "bound | renew)\n\tset_mtu\n", `bound | renew)
	if [ $interface = eth1 ]; then
		echo >/begun
		until [ -e /go ]; do $bb usleep 10000; done
	fi
`)
		edited(t, tree, script, "esac\nexit 0\n", "esac\n[ $interface$1 != eth1bound ] || echo >/done\n")
	}})
	c.waitForLine("ready")
	c.waitFor("the script", func() bool { return c.has("begun") })
	c.inNetwork(ip, "link", "set", "eth1", "netns", n.namespace())
	c.waitFor("the interface to be forgotten", func() bool { return !c.has("run/lxdocker/net.eth1.pid") })
	c.touch("go")
	c.waitFor("the end of the script", func() bool { return c.has("done") })
	c.waitForFile("etc/resolv.conf", "nameserver 10.9.1.1\n")
	for _, kind := range []string{"lease", "dns"} {
		c.waitFor("the end of its "+kind, func() bool { return !c.has("run/lxdocker/net.eth1." + kind) })
	}
}

// The kernel tells of an interface before it has finished it.
func TestSoonAfterAnEventThereIsAnotherLook(t *testing.T) {
	t.Parallel()
	c := run(t, image{conf: "end 15", editInstalled: func(tree *rootfs.Tree) { countingLooks(t, tree) }})
	c.waitForLine("ready")
	c.waitFor("the first looks", func() bool { return c.looks() >= 4 })
	c.look()
	begin, before := time.Now(), c.looks()
	c.waitFor("another look", func() bool { return c.looks() > before })
	if took := time.Since(begin); took > 3*time.Second { // nothing happens: then it is five seconds
		t.Errorf("that took %v", took)
	}
}

// An interface's link comes and goes with it: that of the one before says nothing.
func TestAnInterfaceThatComesBackGetsItsLinkLater(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, "eth1")
	c := run(t, image{conf: "end 15", network: n, nics: []string{"eth1"}, editInstalled: func(tree *rootfs.Tree) {
		withNetworkConfig(t, "wait=0")(tree)
		countingLooks(t, tree)
		edited(t, tree, ".lxdocker/nic.sh", "\t\tdetached udhcpc6\n", "\t\tdetached udhcpc6\n\t\tuntil has_link $nic; do $bb usleep 10000; done\n")
	}})
	c.waitForLine("ready")
	c.look()
	c.inNetwork(ip, "link", "set", "eth1", "netns", n.namespace())
	n.exec(ip, "link", "set", "host-eth1", "down")
	c.look()
	c.attach(n, "eth1")
	c.wake()
	c.waitFor("a client", func() bool { return c.client("eth1") != "" })
	without := c.client("eth1")
	n.exec(ip, "link", "set", "host-eth1", "up")
	c.waitFor("another client, which asks at once", func() bool { return c.client("eth1") != without })
}

// udhcpc6 ends at once if the interface has no address of its own yet. (Not every busybox
// has it.)
func TestAClientOfDHCPv6StartsAgainWithTheLink(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, "eth0")
	n.exec(ip, "link", "set", "host-eth0", "down")
	c := run(t, image{conf: "end 15", network: n, nics: []string{"eth0"}, editInstalled: func(tree *rootfs.Tree) {
		withNetworkConfig(t, "wait=0")(tree)
		countingLooks(t, tree)
		edited(t, tree, ".lxdocker/nicdhcp.sh", "$bb udhcpc6 -f", "$bb sh -c 'echo >>/starts' sh -f")
	}})
	c.waitForLine("ready")
	c.waitFor("a start", func() bool { return c.file("starts") == "\n" })
	c.look()
	n.exec(ip, "link", "set", "host-eth0", "up")
	c.wake()
	c.waitFor("another start", func() bool { return c.file("starts") == "\n\n" })
}

// The scripts of an interface's two clients, for IPv4 and IPv6, run at the same time.
func TestTwoScriptsOfOneInterfaceLoseNoNameServer(t *testing.T) {
	t.Parallel()
	c := run(t, image{conf: "end 15", eth0: true, dhcpOptions: plainLease, editInstalled: func(tree *rootfs.Tree) {
		edited(t, tree, ".lxdocker/netset.sh", "\town_servers6\n", "\t[ -z \"$slow\" ] || { echo >/begun; until [ -e /go ]; do $bb usleep 10000; done; }\n\town_servers6\n")
	}})
	c.waitForLine("ready")
	script := func(environment ...string) *exec.Cmd {
		words := append([]string{"nsenter", "-t", itoa(c.cmd.Process.Pid), "-m", "-p", "-n", "-r", "/busybox-lxd", "env", "-i", "interface=eth0"}, environment...)
		return exec.Command("/bin/busybox", append(words, "/lxd-udhcpc-default.script", "renew")...)
	}
	four := script("slow=yes", "ip=10.9.8.50", "subnet=255.255.255.0", "dns=10.9.8.1")
	must(t, four.Start())
	c.waitFor("the script for IPv4", func() bool { return c.has("begun") })
	must(t, script("NIC_FAMILY=6", "dns=fd00::53").Run())
	c.waitForFile("etc/resolv.conf", "nameserver 10.9.8.1\nnameserver fd00::53\n")
	c.touch("go")
	must(t, four.Wait())
	c.waitForFile("etc/resolv.conf", "nameserver 10.9.8.1\nnameserver fd00::53\n")
}

// Asked twice, udhcpc drops the lease that it is renewing.
func TestManyEventsDoNotDisturbAClient(t *testing.T) {
	t.Parallel()
	c := run(t, image{conf: "end 15", eth0: true, dhcpOptions: plainLease, editInstalled: func(tree *rootfs.Tree) { countingLooks(t, tree) }})
	c.waitForLine("ready")
	must(t, os.Remove(c.path("run/lxdocker/net.eth0.lease"))) // as long as its script runs
	for range 30 {
		c.look()
	}
	if got := strings.Count(c.file("run/lxdocker/dhcp.log"), "obtained"); got != 1 {
		t.Errorf("there were %d leases", got)
	}
}

// The builtin read takes character by character, and forgets those that it has when its
// time is over.
func TestNewsForNetwatchAreOneCharacter(t *testing.T) {
	t.Parallel()
	c := run(t, image{conf: "end 15", eth0: true, dhcpOptions: plainLease, editInstalled: func(tree *rootfs.Tree) { countingLooks(t, tree) }})
	c.waitForLine("ready")
	c.busybox("kill", "-STOP", itoa(c.processOf("netwatch")))
	news, err := os.OpenFile(c.path("run/lxdocker/net.wake"), os.O_RDWR, 0)
	must(t, err)
	defer news.Close()
	if unread, err := unix.IoctlGetInt(int(news.Fd()), unix.TIOCINQ); err != nil || unread > 0 { // what has come before
		must(t, err)
		_, err = news.Read(make([]byte, unread))
		must(t, err)
	}
	c.busybox("env", "-i", "interface=eth0", "ip=10.9.8.50", "subnet=255.255.255.0", "/lxd-udhcpc-default.script", "renew")
	text := make([]byte, 100)
	length, err := news.Read(text)
	must(t, err)
	if length != 1 {
		t.Errorf("of a lease it is told %q", text[:length])
	}
}

// eth1.5 is the name of another interface, not of a part of eth1.
func TestAnInterfaceIsForgottenAlone(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, "eth0", "eth1", "eth1.5")
	c := run(t, image{conf: "end 15", network: n, nics: []string{"eth0", "eth1", "eth1.5"}, editInstalled: withNetworkConfig(t,
		"eth0 none; eth1 address=10.9.2.7/24 dns=10.9.2.1; eth1.5 address=10.9.3.7/24 dns=10.9.3.1")})
	c.waitForLine("ready")
	c.waitForFile("etc/resolv.conf", "nameserver 10.9.2.1\nnameserver 10.9.3.1\n")
	c.inNetwork(ip, "link", "set", "eth1", "netns", n.namespace())
	c.waitForFile("etc/resolv.conf", "nameserver 10.9.3.1\n")
	if got := c.file("run/lxdocker/net.eth1.5.fixed"); got != " 10.9.3.7/24\n" {
		t.Errorf("the address of eth1.5 is %q", got)
	}
}

// liblxc sets the interfaces up before there is anything of ours, so a router may be
// heard before the kernel knows what to make of it.
func TestARouterThatIsHeardTooEarlyIsHeardOnceMore(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, config string
		addresses    []string // how they begin
		routes       []string
	}{
		{"interfaces in their order", "", []string{"fd00:9:1:0:", "fd00:9:2:0:"}, []string{"eth0 metric 1024", "eth1 metric 1124"}},
		{"fixed addresses, and none", "eth0 address=fd00:9:1::7/64; eth1 none", []string{"fd00:9:1::7/64", ""}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			n := newNetwork(t, "eth0", "eth1")
			n.dnsmasq("eth0", advertise("1")...)
			router := n.dnsmasq("eth1", advertise("2")...)
			c := run(t, image{conf: "end 15", network: n, nics: []string{"eth0", "eth1"}, editInstalled: func(tree *rootfs.Tree) {
				withNetworkConfig(t, test.config)(tree)
				edited(t, tree, ".lxdocker/network.sh", "\tlink_up lo ", "\techo >/begun\n\tuntil [ -e /go ]; do $bb usleep 10000; done\n\tlink_up lo ")
			}})
			routes := func() (found []string) {
				for _, route := range c.defaultRoutes("-6") {
					_, rest, _ := strings.Cut(route, "dev ")
					found = append(found, rest)
				}
				return found
			}
			c.waitFor("our scripts", func() bool { return c.has("begun") })
			c.waitForCommand("both routers", func() bool { return len(routes()) == 2 })
			router.kill() // another advertisement would put it right, which comes every ten minutes
			c.touch("go")
			c.waitForLine("ready")
			c.waitForCommand("the end of a route that must not be", func() bool { return !slices.Contains(routes(), "eth1 metric 1024") })
			n.dnsmasq("eth1", advertise("2")...)
			c.waitForCommand("the routes", func() bool { return slices.Equal(routes(), test.routes) })
			for i, want := range test.addresses {
				name := "eth" + itoa(i)
				c.waitFor("the addresses of "+name, func() bool {
					got := c.addressesOf(name)
					return strings.HasPrefix(got, want) && (got == "") == (want == "") && !strings.Contains(got, " ")
				})
			}
		})
	}
}
