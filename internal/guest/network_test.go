package guest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lxdocker/internal/rootfs"
)

// dhcpFile writes a configuration of udhcpd that gives one address.
func dhcpFile(t *testing.T, options string) string {
	t.Helper()
	if options == "" {
		return ""
	}
	conf := filepath.Join(t.TempDir(), "udhcpd.conf")
	must(t, os.WriteFile(conf, []byte("interface srv\nstart 10.9.8.50\nend 10.9.8.50\npidfile /dev/null\nlease_file /out/leases\n"+options), 0o644))
	return conf
}

const plainLease = "option subnet 255.255.255.0\noption router 10.9.8.1\noption dns 10.9.8.1 9.9.9.9\noption domain lxd\noption search lxd example.org\n"

func TestEth0GetsWhatTheDHCPServerGives(t *testing.T) {
	t.Parallel()
	c := run(t, image{conf: "end 15", eth0: true, dhcpOptions: plainLease})
	c.waitForLine("ready")
	if got := addresses(c); got != "10.9.8.50/24" {
		t.Errorf("eth0 has the address %q", got)
	}
	if got := c.inNetwork("/bin/busybox", "ip", "-4", "addr", "show", "dev", "lo"); !strings.Contains(got, "127.0.0.1/8") {
		t.Errorf("lo is not up: %s", got)
	}
	if got := routes(c); got != "default via 10.9.8.1 dev eth0\n10.9.8.0/24 dev eth0" {
		t.Errorf("the routes are %q", got)
	}
	if got := resolv(t, c); got != "search lxd example.org\nnameserver 10.9.8.1\nnameserver 9.9.9.9\n" {
		t.Errorf("/etc/resolv.conf holds %q", got)
	}
	c.busybox("killall", "-USR1", "busybox") // the server, which is in the same process namespace: it writes its leases
	c.waitFor("the server to know the host name", func() bool {
		b, _ := os.ReadFile(filepath.Join(c.root, "out/leases"))
		return strings.Contains(string(b), "web1")
	})
	if got := ours(c); len(got) != 0 {
		t.Errorf("the console says %q", got)
	}
	// udhcpc stays, and renews.
	must(t, os.WriteFile(c.path("etc/resolv.conf"), []byte("nameserver 1.1.1.1\n"), 0o644))
	c.busybox("kill", "-USR1", c.client("eth0"))
	c.waitFor("a renewal", func() bool { return strings.HasPrefix(resolv(t, c), "search lxd") })
	if got := addresses(c); got != "10.9.8.50/24" {
		t.Errorf("eth0 has the address %q", got)
	}
	c.waitFor("no zombie is left", func() bool { return zombies(t, c) == 0 }) // one may just have ended
	c.signal(sigPwr)
	if c.wait(); !c.hasLine("done") {
		t.Error("the stop has not reached the application")
	}
}

func TestTheKnobsOfTheDHCPScript(t *testing.T) {
	t.Parallel()
	tests := []struct {
		knob, routes, resolv string
	}{
		{"UDHCPC_NO_DEFAULT_ROUTE", "10.9.8.0/24 dev eth0", "set"},
		{"UDHCPC_NO_DNS", "default via 10.9.8.1 dev eth0\n10.9.8.0/24 dev eth0", ""},
		{"LXDOCKER_UDHCPC_NOPREFIXROUTE", "default via 10.9.8.1 dev eth0\n10.9.8.1 dev eth0", "set"},
	}
	for i, test := range tests {
		t.Run(test.knob, func(t *testing.T) {
			t.Parallel()
			im := image{conf: "end 15", eth0: true, dhcpOptions: plainLease}
			if i%2 == 0 { // both a spec and an instance may set it
				im.env = []string{test.knob + "=1"}
			} else {
				im.Settings = []string{test.knob + "=yes"}
			}
			c := run(t, im)
			c.waitForLine("ready")
			if got := routes(c); got != test.routes {
				t.Errorf("the routes are %q, not %q", got, test.routes)
			}
			if got := resolv(t, c); (got != "") != (test.resolv != "") {
				t.Errorf("/etc/resolv.conf holds %q", got)
			}
		})
	}
}

// Option 26 of DHCP (RFC 2132).
func TestTheMTUOfTheLeaseIsTaken(t *testing.T) {
	t.Parallel()
	for option, want := range map[string]string{"": "1500", "option mtu 1400\n": "1400", "option mtu 9000\n": "9000", "option mtu 20\n": "1500"} {
		c := run(t, image{conf: "end 15", eth0: true, dhcpOptions: plainLease + option})
		c.waitForLine("ready")
		if got := c.inNetwork(ip, "link", "show", "eth0"); !strings.Contains(got, "mtu "+want+" ") {
			t.Errorf("%q: %s", option, got)
		}
		if got := addresses(c); got != "10.9.8.50/24" {
			t.Errorf("%q: eth0 has the address %q", option, got)
		}
	}
}

func TestResolvConfIsWrittenWhereItIsSafe(t *testing.T) {
	t.Parallel()
	want := "search lxd example.org\nnameserver 10.9.8.1\nnameserver 9.9.9.9\n"
	tests := []struct {
		name string
		edit func(*rootfs.Tree)
		file string // where it is to be
	}{
		{"a file", func(tree *rootfs.Tree) { must(t, tree.Put("etc/resolv.conf", text("nameserver 8.8.8.8\n"))) }, "etc/resolv.conf"},
		{"a symlink that leads nowhere", func(tree *rootfs.Tree) {
			must(t, tree.Put("etc/resolv.conf", link("../run/systemd/resolve/stub-resolv.conf")))
		}, "etc/resolv.conf"},
		{"an absolute symlink that leads nowhere", func(tree *rootfs.Tree) { must(t, tree.Put("etc/resolv.conf", link("/run/nowhere/resolv.conf"))) }, "etc/resolv.conf"},
		{"a symlink to itself", func(tree *rootfs.Tree) { must(t, tree.Put("etc/resolv.conf", link("resolv.conf"))) }, "etc/resolv.conf"},
		{"a symlink into a directory that is there", func(tree *rootfs.Tree) { must(t, tree.Put("etc/resolv.conf", link("/run/resolv.conf"))) }, "run/resolv.conf"},
		{"a symlink to a file", func(tree *rootfs.Tree) {
			must(t, tree.Put("run/resolvconf/x", text("old")))
			must(t, tree.Put("etc/resolv.conf", link("../run/resolvconf/x")))
		}, "run/resolvconf/x"},
		{"a symlink into a directory of the application", func(tree *rootfs.Tree) {
			must(t, tree.Put("var/app", ownedBy(1000, dir(0o755))))
			must(t, tree.Put("var/app/resolv.conf", link("/etc/shadow")))
			must(t, tree.Put("etc/resolv.conf", link("/var/app/resolv.conf")))
			must(t, tree.Put("etc/shadow", text("root:*:1::::::\n")))
		}, "etc/resolv.conf"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := run(t, image{conf: "end 15", eth0: true, dhcpOptions: plainLease, edit: test.edit})
			c.waitForLine("ready")
			b, err := os.ReadFile(c.path(test.file))
			must(t, err)
			if string(b) != want {
				t.Errorf("/%s holds %q", test.file, b)
			}
			if b, err := os.ReadFile(c.path("etc/shadow")); err == nil && string(b) != "root:*:1::::::\n" {
				t.Errorf("a link of the application has led root to /etc/shadow: %q", b)
			}
		})
	}
}

// In application containers, Incus mounts the host's over it.
func TestAResolvConfThatIsNotWritableIsLeftAlone(t *testing.T) {
	t.Parallel()
	c := run(t, image{conf: "end 15", eth0: true, dhcpOptions: plainLease, editInstalled: func(tree *rootfs.Tree) {
		must(t, tree.Put("host-resolv", text("nameserver 7.7.7.7\n")))
		must(t, tree.Put(".lxdocker/network.sh", text("mount -o bind /host-resolv /etc/resolv.conf; mount -o remount,bind,ro /etc/resolv.conf\n"+string(file("network.sh")))))
	}})
	c.waitForLine("ready")
	if got := resolv(t, c); got != "nameserver 7.7.7.7\n" {
		t.Errorf("/etc/resolv.conf holds %q", got)
	}
	log, err := os.ReadFile(c.path("run/lxdocker/dhcp.log"))
	must(t, err)
	if strings.Contains(string(log), "resolv") || len(ours(c)) != 0 {
		t.Errorf("something is said about it: %s%s", log, c.console)
	}
}

func TestWithoutANetworkTheApplicationStarts(t *testing.T) {
	t.Parallel()
	t.Run("no interface: at once", func(t *testing.T) {
		t.Parallel()
		c := run(t, image{conf: "exit 0", editInstalled: withNetworkConfig(t, "wait=600")})
		c.wait()
	})
	t.Run("no server: after 10 seconds", func(t *testing.T) {
		t.Parallel()
		begin := time.Now()
		c := run(t, image{conf: "exit 0", eth0: true})
		if c.wait(); time.Since(begin) < 8*time.Second || time.Since(begin) > 25*time.Second {
			t.Errorf("it took %v", time.Since(begin))
		}
		if got := ours(c); len(got) == 0 || got[0] != "eth0 has no address after 10 s: the application starts without, the search for one goes on" {
			t.Errorf("the console says %q", got)
		}
	})
	t.Run("a stop does not wait for the server", func(t *testing.T) {
		t.Parallel()
		for _, supervised := range []bool{true, false} {
			c := run(t, image{Process: Process{Supervise: supervision(supervised)}, conf: "exit 9", eth0: true, editInstalled: withNetworkConfig(t, "wait=600")})
			c.waitFor("udhcpc", func() bool { _, err := os.Stat(c.path("run/lxdocker/dhcp.log")); return err == nil })
			c.signal(sigPwr)
			if code := c.wait(); code != 0 {
				t.Errorf("exit status %d", code)
			}
		}
	})
}

// The script is run as udhcpc runs it, with leases that udhcpd does not give.
func TestLeasesOfOtherServers(t *testing.T) {
	t.Parallel()
	c := run(t, image{conf: "end 15", eth0: true, dhcpOptions: plainLease})
	c.waitForLine("ready")
	// netwatch has udhcpc ask again when a lease is gone, as it is here at times.
	c.busybox("kill", "-STOP", itoa(c.processOf("netwatch")))
	tests := []struct {
		name      string
		lease     []string
		addresses string
		routes    string
		resolv    string
	}{
		{"another address replaces the first", []string{"ip=10.9.8.60", "subnet=255.255.255.128", "broadcast=10.9.8.127", "router=10.9.8.1"},
			"10.9.8.60/25", "default via 10.9.8.1 dev eth0\n10.9.8.0/25 dev eth0", "old"},
		{"two routers", []string{"ip=10.9.8.60", "subnet=255.255.255.0", "router=10.9.8.1 10.9.8.2"},
			"10.9.8.60/24", "default via 10.9.8.1 dev eth0\ndefault via 10.9.8.2 dev eth0 metric 1\n10.9.8.0/24 dev eth0", "old"},
		{"a router that is not in the network", []string{"ip=192.0.2.7", "subnet=255.255.255.255", "router=10.0.0.1", "dns=10.0.0.1"},
			"192.0.2.7/32", "default via 10.0.0.1 dev eth0\n10.0.0.1 dev eth0", "nameserver 10.0.0.1\n"},
		{"static routes instead of the router", []string{"ip=10.9.8.60", "subnet=255.255.255.0", "router=10.9.8.9", "staticroutes=0.0.0.0/0 10.9.8.1 172.16.0.0/12 10.9.8.2 192.168.7.0/24 0.0.0.0"},
			"10.9.8.60/24", "default via 10.9.8.1 dev eth0\n10.9.8.0/24 dev eth0\n172.16.0.0/12 via 10.9.8.2 dev eth0\n192.168.7.0/24 dev eth0", "old"},
		{"a domain without a search list", []string{"ip=10.9.8.60", "subnet=255.255.255.0", "dns=10.9.8.1", "domain=example.org"},
			"10.9.8.60/24", "10.9.8.0/24 dev eth0", "search example.org\nnameserver 10.9.8.1\n"},
		{"a domain with more than a name in it", []string{"ip=10.9.8.60", "subnet=255.255.255.0", "dns=10.9.8.1", "domain=x\nnameserver 6.6.6.6"},
			"10.9.8.60/24", "10.9.8.0/24 dev eth0", "nameserver 10.9.8.1\n"},
		{"no netmask", []string{"ip=10.9.8.60"}, "10.9.8.60/24", "10.9.8.0/24 dev eth0", "old"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			must(t, os.WriteFile(c.path("etc/resolv.conf"), []byte("old"), 0o644))
			for _, event := range []string{"deconfig", "bound", "renew", "renew"} {
				words := []string{"env", "-i", "interface=eth0"}
				if event != "deconfig" {
					words = append(words, test.lease...)
				}
				if out := c.busybox(append(words, "/lxd-udhcpc-default.script", event)...); out != "" {
					t.Errorf("%s: %s", event, out)
				}
			}
			if got := addresses(c); got != test.addresses {
				t.Errorf("eth0 has the addresses %q, not %q", got, test.addresses)
			}
			if diff := cmp.Diff(strings.Split(test.routes, "\n"), strings.Split(routes(c), "\n")); diff != "" {
				t.Errorf("routes (-wanted +got):\n%s", diff)
			}
			if got := resolv(t, c); got != test.resolv {
				t.Errorf("/etc/resolv.conf holds %q, not %q", got, test.resolv)
			}
		})
	}
}

// busybox runs an applet in the container, as `lxc exec` would.
func (c *container) busybox(words ...string) string {
	c.t.Helper()
	pid := itoa(c.cmd.Process.Pid)
	args := append([]string{"nsenter", "-t", pid, "-m", "-p", "-n", "-r", "/busybox-lxd"}, words...)
	out, err := exec.Command("/bin/busybox", args...).CombinedOutput()
	if err != nil {
		c.t.Errorf("%q: %v: %s", words, err, out)
	}
	return strings.TrimSpace(string(out))
}

// addresses gives the IPv4 addresses of eth0.
func addresses(c *container) string {
	var found []string
	for line := range strings.Lines(c.inNetwork("/bin/busybox", "ip", "-4", "addr", "show", "dev", "eth0")) {
		if f := strings.Fields(line); f[0] == "inet" {
			found = append(found, f[1])
		}
	}
	return strings.Join(found, " ")
}

// routes gives destination, router and metric of the routes over eth0, in the
// kernel's order.
func routes(c *container) string {
	var found []string
	for line := range strings.Lines(c.inNetwork("/bin/busybox", "ip", "route", "show", "dev", "eth0")) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		text := f[0]
		for i := 1; i+1 < len(f); i += 2 {
			if f[i] == "via" {
				text += " via " + f[i+1]
			}
		}
		text += " dev eth0"
		for i := 1; i+1 < len(f); i++ {
			if f[i] == "metric" {
				text += " metric " + f[i+1]
			}
		}
		found = append(found, text)
	}
	return strings.Join(found, "\n")
}

func resolv(t *testing.T, c *container) string {
	t.Helper()
	b, err := os.ReadFile(c.path("etc/resolv.conf"))
	must(t, err)
	return fmt.Sprint(string(b))
}
