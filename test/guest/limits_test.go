//go:build e2e

package guest

import "testing"

// TestLimitsCanBeSeen: what sizes itself by its memory looks into /sys/fs/cgroup, as in
// Docker. The heap of a JVM is a quarter; Node's is half, up to a bound.
func TestLimitsCanBeSeen(t *testing.T) {
	limit := config("limits.memory=512MiB")
	const file = "cat /sys/fs/cgroup/memory.max 2>/dev/null || cat /sys/fs/cgroup/memory/memory.limit_in_bytes"
	show(t,
		goserver("the files", "", limit, func(c *container) {
			c.status()
			c.finds(file, "536870912\n")
			c.finds("awk '$2 ~ \"^/sys/fs/cgroup\" && $4 !~ /^ro,/' /proc/mounts", "")
		}),
		goserver("an instance that nests may write", "", config("limits.memory=512MiB", "security.nesting=true"), func(c *container) {
			c.status()
			c.finds(file, "536870912\n")
			c.finds("awk '$2 ~ \"^/sys/fs/cgroup\" && $3 ~ \"^cgroup\" && $4 !~ /^rw,/' /proc/mounts", "")
		}),
		behaviour{"a JVM", "java", "", limit, func(c *container) {
			c.status()
			c.finds("/lxd-enter java -XX:+PrintFlagsFinal -version 2>/dev/null | awk '$2 == \"MaxHeapSize\" { print $4 }'", "134217728\n")
		}},
		behaviour{"Node", "node", "", limit, func(c *container) {
			c.pageHolds("/", "")
			c.finds("/lxd-enter node -e 'console.log(process.constrainedMemory(), v8.getHeapStatistics().heap_size_limit < 300e6)'", "536870912 true\n")
		}},
		behaviour{"systemd has its own", "systemd", "", limit, func(c *container) {
			c.status()
			c.finds("cat /proc/1/comm", "systemd\n")
		}},
	)
}
