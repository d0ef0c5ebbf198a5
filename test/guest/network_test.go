//go:build e2e

package guest

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"lxdocker/test/testbed"
)

// bridge is the network of the testbed's daemon, and its address there.
func bridge(t *testing.T, d testbed.Daemon) (name string, address net.IP) {
	t.Helper()
	out, err := d.Run(t.Context(), "profile", "device", "get", "default", "eth0", "network")
	if err != nil {
		t.Fatal(err)
	}
	name = strings.TrimSpace(out)
	out, err = d.Run(t.Context(), "network", "get", name, "ipv4.address")
	if err != nil {
		t.Fatal(err)
	}
	address, _, err = net.ParseCIDR(strings.TrimSpace(out))
	if err != nil {
		t.Fatal(err)
	}
	return name, address
}

// secondNetwork is another network of the daemon: an instance can be in each
// only once. It is taken down with the testbed.
func (c *container) secondNetwork() string {
	c.t.Helper()
	first, address := bridge(c.t, c.Daemon)
	name, err := created.do(c.Daemon.Name, func() (string, error) {
		own := slices.Clone(address.To4())
		own[2] = 1
		var err error
		for range 20 {
			_, err = c.Run(context.Background(), "network", "create", first+"2",
				"ipv4.address="+own.String()+"/24", "ipv6.address=none", "ipv4.nat=false", "ipv4.firewall=false")
			// Incus 6.0 looks at all interfaces of the host meanwhile, and fails if one goes.
			if err == nil || !strings.Contains(err.Error(), "children interfaces") {
				break
			}
		}
		return first + "2", err
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return name
}

var created once

// gets waits until an interface has an IPv4 address.
func (c *container) gets(nic string) {
	c.t.Helper()
	c.until(func() error {
		if out := c.sh("ip -4 -o addr show dev " + nic + " 2>&1"); !strings.Contains(out, "inet ") {
			return fmt.Errorf("%s has no address: %s", nic, out)
		}
		return nil
	})
}

func TestNetwork(t *testing.T) {
	show(t,
		shell("there is an address before the application starts", "/busybox-lxd ip -4 -o addr show dev eth0; echo seen", "", func(c *container) {
			c.says("seen")
			if !strings.Contains(c.console(), "inet 10.") {
				c.t.Error("it has started without")
			}
		}),
		goserver("the server learns the name", "", nil, func(c *container) {
			address := c.address()
			name, _ := bridge(c.t, c.Daemon)
			c.until(func() error {
				var leases []struct{ Hostname, Address string }
				if err := json.Unmarshal([]byte(c.must("network", "list-leases", name, "--format", "json")), &leases); err != nil {
					return err
				}
				for _, l := range leases {
					if l.Address == address {
						return differ(l.Hostname, c.Name)
					}
				}
				return fmt.Errorf("there is no lease of %s: %v", address, leases)
			})
		}),
		goserver("IPv6 by router advertisement", "", nil, func(c *container) {
			c.status()
			c.until(func() error {
				if out := c.sh("ip -6 -o addr show dev eth0 scope global; ip -6 route show default"); !strings.Contains(out, "inet6 fd42:7d:") || !strings.Contains(out, "default via fe80:") {
					return fmt.Errorf("it has %q", out)
				}
				return nil
			})
		}),
		goserver("an interface that comes later, and goes", "", nil, func(c *container) {
			c.status()
			c.must("config", "device", "add", c.Name, "more", "nic", "network="+c.secondNetwork(), "name=eth1")
			c.gets("eth1")
			c.must("config", "device", "remove", c.Name, "more")
			c.status()
		}),
		goserver("no forwarding", "", nil, func(c *container) {
			c.status()
			c.finds("cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding", "0\n0\n")
		}),
		goserver("resolv.conf may be a link that leads nowhere", "files: {/etc/resolv.conf: {symlink: /run/systemd/resolve/stub-resolv.conf}}\n", nil, func(c *container) {
			c.status()
			c.finds("grep -c '^nameserver 10[.]' /etc/resolv.conf", "1\n")
		}),
		goserver("resolv.conf may be a link that leads somewhere", "files: {/etc/resolv.conf: {symlink: /run/net/resolv.conf}, /run/net: {directory: true}}\n", nil, func(c *container) {
			c.status()
			c.finds("readlink /etc/resolv.conf; grep -c '^nameserver 10[.]' /run/net/resolv.conf", "/run/net/resolv.conf\n1\n")
		}),
		goserver("none", "", config("user.lxdocker.net=none"), func(c *container) {
			c.says("goserver: listening")
			c.finds("ip -4 -o addr show dev eth0 | grep -c inet; grep -l [u]dhcpc /proc/[0-9]*/cmdline | wc -l", "0\n0\n")
			c.silent("has no address")
		}),
	)
}

// TestNetworksOfAnotherShape: instances whose interfaces are not those of the
// profile from the first start on.
func TestNetworksOfAnotherShape(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d testbed.Daemon) {
		row := func(name string, see func(c *container)) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				see(initialize(t, d, "goserver", ""))
			})
		}
		row("two interfaces", func(c *container) {
			c.must("config", "device", "add", c.Name, "more", "nic", "network="+c.secondNetwork(), "name=eth1")
			c.start()
			c.status()
			c.gets("eth1")
		})
		row("no interface", func(c *container) {
			c.must("config", "device", "add", c.Name, "eth0", "none")
			c.start()
			c.says("goserver: listening")
			c.silent("lxdocker: ")
			c.finds("ip -o link | wc -l; ping -c 1 -q 127.0.0.1 >/dev/null && echo lo", "1\nlo\n")
		})
		row("an interface whom nobody answers", func(c *container) {
			c.must("config", "device", "add", c.Name, "eth0", "nic", "nictype=p2p", "name=eth0")
			c.must("config", "set", c.Name, "user.lxdocker.net", "wait=1")
			c.start()
			c.says("eth0 has no address after 1 s: the application starts without", "goserver: listening")
		})
		row("a static address", func(c *container) {
			_, gateway := bridge(c.t, c.Daemon)
			own := slices.Clone(gateway.To4())
			own[3] = 251
			c.must("config", "set", c.Name, "user.lxdocker.net", fmt.Sprintf("eth0 address=%s/24 gateway=%s dns=%s search=lab", own, gateway, gateway))
			c.start()
			c.status()
			if address := c.address(); address != own.String() {
				c.t.Errorf("its address is %s, not %s", address, own)
			}
			c.finds("ip route show default | grep default; cat /etc/resolv.conf; grep -l [u]dhcpc /proc/[0-9]*/cmdline | wc -l",
				fmt.Sprintf("default via %s dev eth0 \nsearch lab\nnameserver %s\n0\n", gateway, gateway))
		})
		row("an address that the daemon has set aside", func(c *container) {
			_, gateway := bridge(c.t, c.Daemon)
			own := slices.Clone(gateway.To4())
			own[3] = 252
			c.must("config", "device", "override", c.Name, "eth0", "ipv4.address="+own.String())
			c.start()
			c.status()
			if address := c.address(); address != own.String() {
				c.t.Errorf("its address is %s, not %s", address, own)
			}
		})
	})
}
