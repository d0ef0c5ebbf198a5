package guest

import (
	"strings"
	"testing"

	"lxdocker/internal/rootfs"
)

// hostsFile is /etc/hosts as the template makes it for web1, and a line of the
// instance's own.
func hostsFile(address string) string {
	return "127.0.0.1\tlocalhost\n" + address + "\tweb1\n::1\tlocalhost ip6-localhost\n10.9.1.99 other # web1\n"
}

func withHosts(t *testing.T, content string) func(*rootfs.Tree) {
	return func(tree *rootfs.Tree) {
		must(t, tree.Put("etc/hosts", text(content)))
		lookingOften(t)(tree)
	}
}

// As in Docker: what a member of a cluster finds under its own name is where others
// reach it.
func TestTheInstancesNameIsTheAddressOfItsFirstInterface(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, config      string
		nics              []string
		containerCommands [][]string
		want              string
	}{
		{name: "by DHCP", nics: []string{"eth0", "eth1"}, want: "10.9.1.50"},
		{name: "a fixed address", config: "eth0 address=10.9.1.7/24", nics: []string{"eth0", "eth1"}, want: "10.9.1.7"},
		{name: "both families", config: "eth0 address=fd00:9:1::7/64 address=10.9.1.7/24", nics: []string{"eth0"}, want: "10.9.1.7"},
		{name: "IPv6 alone", config: "eth0 address=fd00:9:1::7/64", nics: []string{"eth0"}, want: "fd00:9:1::7"},
		{name: "the first interface has none", config: "eth0 none", nics: []string{"eth0", "eth1"}, want: "10.9.2.50"},
		{name: "no address", config: "none", nics: []string{"eth0"}, want: "127.0.1.1"},
		{name: "no interface", want: "127.0.1.1"},
		{name: "IPv6 that the host has configured", nics: []string{"eth0"}, want: "2001:db8::9",
			containerCommands: [][]string{{"ip", "addr", "add", "2001:db8::9/64", "dev", "eth0"}}},
		{name: "what the host has configured", nics: []string{"eth0"}, want: "192.0.2.9",
			containerCommands: [][]string{{"ip", "addr", "add", "192.0.2.9/32", "dev", "eth0"}, {"ip", "route", "add", "10.9.1.1", "dev", "eth0"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			n := newNetwork(t, "eth0", "eth1")
			n.dnsmasq("eth0", lease("1")...)
			n.dnsmasq("eth1", lease("2")...)
			c := run(t, image{conf: "end 15", network: n, nics: test.nics, containerCommands: test.containerCommands, editInstalled: func(tree *rootfs.Tree) {
				withNetworkConfig(t, test.config)(tree)
				withHosts(t, hostsFile("127.0.1.1"))(tree)
			}})
			c.waitForLine("ready")
			if got := c.file("etc/hosts"); got != hostsFile(test.want) {
				t.Errorf("when the application starts, /etc/hosts holds %q", got)
			}
			c.waitForFile("etc/hosts", hostsFile(test.want))
			if got := ours(c); len(got) != 0 {
				t.Errorf("the console says %q", got)
			}
		})
	}
}

// Where a router alone gives addresses, the kernel makes one, and asks whether it is free.
func TestTheInstancesNameIsTheAddressByARouterWhenTheApplicationStarts(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, "eth0")
	n.dnsmasq("eth0", advertise("1")...)
	c := run(t, image{conf: "end 15", network: n, nics: []string{"eth0"}, editInstalled: func(tree *rootfs.Tree) {
		withNetworkConfig(t, "wait=600")(tree)
		withHosts(t, hostsFile("127.0.1.1"))(tree)
	}})
	c.waitForLine("ready")
	address, _, _ := strings.Cut(c.addressesOf("eth0"), "/")
	if got := c.file("etc/hosts"); !strings.HasPrefix(address, "fd00:9:1:0:") || got != hostsFile(address) {
		t.Errorf("its address is %q, and /etc/hosts holds %q", address, got)
	}
}

func TestTheInstancesNameFollowsItsAddress(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, "eth0")
	first := n.udhcpd("eth0", 50)
	i := image{conf: "end 15", network: n, nics: []string{"eth0"}, editInstalled: func(tree *rootfs.Tree) {
		hurrying(t, tree)
		withHosts(t, hostsFile("127.0.1.1"))(tree)
	}}
	c := run(t, i)
	c.waitForLine("ready")
	c.waitForFile("etc/hosts", hostsFile("10.9.1.50"))
	first.kill()
	c.expire()
	c.waitForFile("etc/hosts", hostsFile("127.0.1.1"))
	n.udhcpd("eth0", 77)
	c.waitForFile("etc/hosts", hostsFile("10.9.1.77"))
	c.signal(sigPwr)
	c.wait()
	// The next start has no network.
	i.network, i.nics = nil, nil
	c.start(i)
	c.waitForFile("etc/hosts", hostsFile("127.0.1.1"))
}

func TestAnEtcHostsOfTheInstancesOwnIsLeftAlone(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"no line with the name":        "127.0.0.1 localhost\n10.9.1.3 web1.example.org\n",
		"another address for the name": "127.0.0.1 localhost\n10.9.1.3 web1\n",
		"the name in a comment":        "127.0.1.1 web2 # web1\n#127.0.1.1 web1\n",
		"empty":                        "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := run(t, image{conf: "end 15", eth0: true, dhcpOptions: plainLease, editInstalled: withHosts(t, content)})
			c.waitForLine("ready")
			if got := c.file("etc/hosts"); got != content {
				t.Errorf("it holds %q", got)
			}
		})
	}
	t.Run("a mounted file", func(t *testing.T) {
		t.Parallel()
		c := run(t, image{conf: "end 15", eth0: true, dhcpOptions: plainLease, editInstalled: func(tree *rootfs.Tree) {
			withHosts(t, "")(tree)
			must(t, tree.Put("host-hosts", text(hostsFile("127.0.1.1"))))
			must(t, tree.Put(".lxdocker/network.sh", text("$bb mount -o bind /host-hosts /etc/hosts\n"+string(file("network.sh")))))
		}})
		c.waitForLine("ready")
		if got := c.file("etc/hosts"); got != hostsFile("127.0.1.1") {
			t.Errorf("it holds %q", got)
		}
	})
}

func TestEtcHostsKeepsOwnerAndMode(t *testing.T) {
	t.Parallel()
	c := run(t, image{conf: "end 15", eth0: true, dhcpOptions: plainLease, editInstalled: func(tree *rootfs.Tree) {
		ino := text("127.0.1.1 a.example.org web1")
		ino.Mode, ino.UID, ino.GID = 0o640, 7, 8
		must(t, tree.Put("etc/hosts", ino))
	}})
	c.waitForLine("ready")
	if got := c.file("etc/hosts"); got != "10.9.8.50 a.example.org web1\n" {
		t.Errorf("it holds %q", got)
	}
	if got := strings.TrimSpace(c.busybox("stat", "-c", "%a %u:%g", "/etc/hosts")); got != "640 7:8" {
		t.Errorf("it is %s", got)
	}
}

// Incus mounts a file there that belongs to the host.
func TestInAnApplicationContainerTheNameIsTheAddressToo(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, "eth0")
	c := run(t, image{conf: "end 15", network: n, nics: []string{"eth0"}, editInstalled: func(tree *rootfs.Tree) {
		lookingOften(t)(tree)
		mounts := ""
		for _, name := range []string{"hosts", "hostname", "resolv.conf"} {
			must(t, tree.Put("host-"+name, text(hostsFile("127.0.1.1"))))
			// Private, since it comes from another file system than the container's.
			mounts += "$bb mount -n -o bind /host-" + name + " /etc/" + name + "; $bb mount -n --make-private /etc/" + name + "\n"
		}
		must(t, tree.Put(".lxdocker/network.sh", text(mounts+string(file("network.sh")))))
	}})
	c.waitForLine("ready")
	for _, address := range []string{"10.9.1.31", "10.9.1.32"} { // as Incus's own client of DHCP gets them
		c.inNetwork(ip, "addr", "flush", "dev", "eth0", "scope", "global")
		c.inNetwork(ip, "addr", "add", address+"/24", "dev", "eth0")
		c.waitForFile("etc/hosts", hostsFile(address))
	}
	if got := c.file("host-hosts"); got != hostsFile("127.0.1.1") {
		t.Errorf("the host's file is %q", got)
	}
	if got := strings.TrimSpace(c.busybox("grep", "-c", " /etc/hosts ", "/proc/mounts")); got != "2" {
		t.Errorf("there are %s mounts at /etc/hosts", got)
	}
	if got := ours(c); len(got) != 0 {
		t.Errorf("the console says %q", got)
	}
}
