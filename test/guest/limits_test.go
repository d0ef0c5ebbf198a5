//go:build e2e

package guest

import (
	"fmt"
	"runtime"
	"testing"
)

// TestLimitsCanBeSeen: what sizes itself by its memory looks into /sys/fs/cgroup, as in
// Docker. The heap of a JVM is a quarter; Node's is half, up to a bound. Go's runtime counts
// processors, and leaves memory to the program.
func TestLimitsCanBeSeen(t *testing.T) {
	limit := config("limits.memory=512MiB")
	many := "files:\n  /tmp/d/old: x\n"
	for i := range 3000 {
		many += fmt.Sprintf("  /tmp/f%d: x\n", i)
	}
	const file = "cat /sys/fs/cgroup/memory.max 2>/dev/null || cat /sys/fs/cgroup/memory/memory.limit_in_bytes"
	show(t,
		goserver("the files", "", limit, func(c *container) {
			c.limited()
			c.status()
			c.finds(file, "536870912\n")
			if c.Daemon.Name != "Incus 7" { // which mounts them itself
				c.finds("awk '$2 ~ \"^/sys/fs/cgroup\" && $4 !~ /^ro,/' /proc/mounts", "")
			}
		}),
		goserver("an instance that nests may write", "", config("limits.memory=512MiB", "security.nesting=true"), func(c *container) {
			c.limited()
			c.status()
			c.finds(file, "536870912\n")
			c.finds("awk '$2 ~ \"^/sys/fs/cgroup\" && $3 ~ \"^cgroup\" && $4 !~ /^rw,/' /proc/mounts", "")
		}),
		behaviour{"a JVM", "java", "", limit, func(c *container) {
			c.limited()
			c.status()
			c.finds("/lxd-enter java -XX:+PrintFlagsFinal -version 2>/dev/null | awk '$2 == \"MaxHeapSize\" { print $4 }'", "134217728\n")
		}},
		behaviour{"Node", "node", "", limit, func(c *container) {
			c.limited()
			c.pageHolds("/", "")
			c.finds("/lxd-enter node -e 'console.log(process.constrainedMemory(), v8.getHeapStatistics().heap_size_limit < 300e6)'", "536870912 true\n")
		}},
		// Its runtime makes as many threads as it may have processors, and says so at its start.
		goserver("a Go program", "", config("limits.cpu=1", "limits.memory=512MiB", "environment.GODEBUG=schedtrace=3600000"), func(c *container) {
			c.limited()
			c.says("gomaxprocs=1 ")
			c.status()
			c.finds("nproc; "+file, "1\n536870912\n")
		}),
		goserver("a Go program without a limit", "", config("environment.GODEBUG=schedtrace=3600000"), func(c *container) {
			c.says(fmt.Sprintf("gomaxprocs=%d ", runtime.NumCPU()))
		}),
		goserver("/tmp and /run are parts of it", "", limit, func(c *container) {
			c.limited()
			c.status()
			c.finds("df -k /tmp /run | awk '/^tmpfs/ { print $2 }'", "262144\n131072\n")
		}),
		// No more than a machine has, if the limit is not one.
		goserver("the end for want of memory is said", "entrypoint: [/busybox-lxd, sh, -c, '/busybox-lxd head -c 200m /dev/zero | /busybox-lxd tail -c 200m >/dev/null; exit 3']\n",
			config("limits.memory=64MiB"), func(c *container) {
				c.limited()
				c.says("/busybox-lxd ended: exit 3 after", "s: out of memory")
				c.ends()
			}),
		goserver("many files of the image in /tmp are not copied", many, nil, func(c *container) {
			c.status()
			c.finds("ls /tmp | wc -l; rm -r /tmp/d; mkdir /tmp/d && echo x >/tmp/d/new; rm /tmp/f7; ls /tmp | wc -l; ls /tmp/d; awk '$2 == \"/tmp\" { print $3 }' /proc/mounts",
				"3001\n3000\nnew\noverlay\n")
		}),
		behaviour{"systemd has its own", "systemd", "", limit, func(c *container) {
			c.status()
			c.finds("cat /proc/1/comm", "systemd\n")
		}},
	)
}
