package guest

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

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
