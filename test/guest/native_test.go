//go:build e2e

package guest

import (
	"strings"
	"testing"

	"lxdocker/test/testbed"
)

// TestApplicationContainers: an image imported with the property type=oci is an
// application container for Incus from 6.3 on. LXD and older ones take no
// notice, and all of them run it alike.
func TestApplicationContainers(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d testbed.Daemon) {
		native := d.Name == "Incus 7"
		row := func(name, image string, see func(c *container), options ...string) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				// Two of the same fingerprint cannot be told apart: it has to be another image.
				alias, err := offer(d, image, "description: an application container\n", "type=oci")
				if err != nil {
					t.Fatal(err)
				}
				see(launchAlias(t, d, alias, options...))
			})
		}
		row("our init is PID 1 and the network is the host's", "goserver", func(c *container) {
			s := c.status()
			if s.UID != 65534 || s.WorkDir != "/data" || s.PID == 1 {
				c.t.Errorf("it runs as %d in %s, as process %d", s.UID, s.WorkDir, s.PID)
			}
			c.finds("cat /proc/1/comm", "init\n")
			c.finds("df -k /dev/shm | awk 'END { print $2 }'", "65536\n")
			mode, clients := "", "1\n"
			if native {
				mode, clients = "true", "0\n" // its own client lists it as CONTAINER (APP); ours is older
			}
			if got := strings.TrimSpace(c.must("config", "get", c.Name, "volatile.container.oci")); got != mode {
				c.t.Errorf("whether it is an application container: %q, not %q", got, mode)
			}
			c.finds("grep -l [u]dhcpc /proc/[0-9]*/cmdline | wc -l", clients)
			c.finds("grep -c '^nameserver 10[.]' /etc/resolv.conf", "1\n")
			c.finds("awk '$2 == \""+c.Name+"\" { print $1 }' /etc/hosts", c.address()+"\n")
			c.silent("lxdocker: ")
			c.stop(patience)
			c.says("goserver: closed cleanly", "ended: exit 0")
			c.forget()
			c.start()
			c.status()
		})
		row("the size of /dev/shm", "goserver", func(c *container) {
			c.status()
			c.finds("df -k /dev/shm | awk 'END { print $2 }'; grep -c ' /dev/shm ' /proc/mounts", "16384\n1\n")
		}, config("environment.LXDOCKER_SHM_SIZE=16m")...)
		row("the stop signal", "nginx", func(c *container) {
			c.serves("80", "/", "nginx, first edition\n")
			c.stop(patience)
			c.says("signal 3 (SIGQUIT) received", "gracefully shutting down", "ended: exit 0")
		})
		row("capabilities of files", "caps", func(c *container) {
			holdsItsCapability(c)
			if got := c.exec("getcap", "/usr/local/bin/goserver"); got != "/usr/local/bin/goserver cap_net_bind_service=ep\n" {
				c.t.Errorf("getcap says %q", got)
			}
		})
		row("an init system", "s6", func(c *container) {
			c.status()
			c.finds("cat /proc/1/comm", "s6-svscan\n")
			c.stop(patience)
			c.says("s6: all services are down")
		})
	})
}
