//go:build e2e

package guest

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

	"lxdocker/test/testbed"
)

// TestInitSystemsArePID1, with nothing set, and end when the instance is
// stopped.
func TestInitSystemsArePID1(t *testing.T) {
	var rows []behaviour
	for _, i := range []struct {
		image, process string
		ends           []string
	}{
		{"s6", "s6-svscan", []string{"goserver: closed cleanly", "s6: web ended with 0", "s6: all services are down"}},
		{"s6-two", "s6-svscan", []string{"goserver: closed cleanly", "s6: all services are down"}},
		{"systemd", "systemd", []string{"goserver: closed cleanly", "systemd: web ended"}},
		{"openrc", "init", []string{"goserver: closed cleanly"}},
		{"busybox-init", "init", []string{"goserver: closed cleanly", "busybox init: down"}},
		{"runit", "runit", []string{"goserver: closed cleanly", "runit: down"}},
	} {
		rows = append(rows, behaviour{i.image, i.image, "", nil, func(c *container) {
			for range 2 { // also with what the first start has left
				c.status()
				c.finds("cat /proc/1/comm", i.process+"\n")
				if strings.Contains(c.sh("tr '\\0' ' ' </proc/1/cmdline"), "busybox-lxd") {
					c.t.Error("PID 1 is ours")
				}
				c.t.Logf("it took %v to stop", c.stop(10*time.Second).Round(time.Millisecond))
				c.says(i.ends...)
				c.forget()
				c.start()
			}
		}})
	}
	// Not beside other tests, and one image after the other: what is timed is how
	// long an init takes, not how long ten of them take that boot at once.
	each(t, func(t *testing.T, d testbed.Daemon) {
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) { row.see(launch(t, d, row.image, row.spec, row.launch...)) })
		}
	})
}

// likeKind is an entrypoint that prepares the machine, as that of a node of kind does, and
// leaves process 1 to what follows it.
const likeKind = `#!/bin/bash
set -o errexit -o nounset -o pipefail

prepare() {
	echo 'INFO: ensuring we can execute mount/umount'
	mount --help >/dev/null
	rm -f /etc/machine-id
	: >/etc/machine-id
}

run() {
	prepare
	echo 'INFO: starting init'
	exec "$@"
}

run "$@"
`

func TestWhoIsPID1(t *testing.T) {
	pid := func(one bool) func(c *container) {
		return func(c *container) {
			if s := c.status(); (s.PID == 1) != one {
				c.t.Errorf("the application is process %d", s.PID)
			}
		}
	}
	s6 := func(one bool) func(c *container) {
		return func(c *container) {
			if !one {
				c.says("/init: fatal: can only run as pid 1")
				c.ends()
				return
			}
			c.status()
			c.finds("cat /proc/1/comm", "s6-svscan\n")
		}
	}
	show(t,
		goserver("ours, for a program", "", nil, pid(false)),
		goserver("the program, by the spec", "disable_supervisor: true\n", nil, pid(true)),
		goserver("the program, by the instance", "", config("environment.LXDOCKER_SUPERVISE=no"), pid(true)),
		goserver("ours, by the instance", "disable_supervisor: true\n", config("environment.LXDOCKER_SUPERVISE=yes"), pid(false)),
		goserver("as it was decided", "disable_supervisor: true\n", config("environment.LXDOCKER_SUPERVISE=decide"), pid(false)),
		behaviour{"ours, where the spec says so", "s6", "disable_supervisor: false\n", nil, s6(false)},
		behaviour{"the image's, by the instance", "s6", "disable_supervisor: false\n", config("environment.LXDOCKER_SUPERVISE=decide"), s6(true)},
		// A script that ends by exec, and has the init in its words, or its text.
		behaviour{"s6, which a script executes", "s6", "entrypoint: [/entry]\ncmd: [/init]\nfiles: {/entry: {content: \"#!/bin/sh\\nexec \\\"$@\\\"\\n\", mode: 0755}}\n", nil, s6(true)},
		behaviour{"systemd, which a script executes", "systemd", "entrypoint: [/entry]\nfiles: {/entry: {content: \"#!/bin/sh\\nexec /sbin/init\\n\", mode: 0755}}\n", nil, func(c *container) {
			c.status()
			c.finds("cat /proc/1/comm", "systemd\n")
		}},
		behaviour{"systemd, as kindest/node has it", "systemd", "entrypoint: [/usr/local/bin/entrypoint, /sbin/init]\nfiles: {/usr/local/bin/entrypoint: {content: " + yaml(likeKind) + ", mode: 0755}}\n", nil, func(c *container) {
			for start := range 2 {
				c.status()
				// From the console systemd may wipe what was printed just before it.
				c.until(func() error {
					out, err := c.Exec(c.t.Context(), "/lxd-logs")
					return cmp.Or(err, differ(fmt.Sprint(count(out, "INFO: ensuring"), count(out, "INFO: starting init")), fmt.Sprint(start+1, start+1)))
				})
				c.finds("cat /proc/1/comm", "systemd\n")
				c.stop(20 * time.Second)
				c.says("goserver: closed cleanly", "systemd: web ended")
				c.forget()
				c.start()
			}
		}},
		// A program of that name alone is no init system.
		goserver("ours, for a plain program called /init", "entrypoint: [/init]\nfiles: {/init: {symlink: goserver}}\n", nil, pid(false)),
	)
}
