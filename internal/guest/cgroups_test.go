package guest

import (
	"maps"
	"os"
	"strings"
	"testing"

	"lxdocker/internal/rootfs"
)

// hierarchies gives the control groups that this host has, as /proc/self/cgroup has
// them: "memory" or "cpu,cpuacct" of version 1, "" of version 2.
func hierarchies(t *testing.T) []string {
	t.Helper()
	b, err := os.ReadFile("/proc/self/cgroup")
	must(t, err)
	var found []string
	for line := range strings.Lines(string(b)) {
		found = append(found, strings.Split(line, ":")[1])
	}
	return found
}

// cgroupMounts gives what is mounted below /sys/fs/cgroup, by place: type and options.
func cgroupMounts(t *testing.T, c *container) map[string]string {
	t.Helper()
	found := map[string]string{}
	for line := range strings.Lines(c.busybox("cat", "/proc/mounts")) {
		if f := strings.Fields(line); strings.HasPrefix(f[1], "/sys/fs/cgroup") {
			found[f[1]] = f[2] + " " + strings.Join(strings.Split(f[3], ",")[:4], ",")
		}
	}
	return found
}

// limitedGroup makes a control group with a limit of memory, in MiB, and gives its
// directory.
func limitedGroup(t *testing.T, limit int) string {
	t.Helper()
	bytes := itoa(limit << 20)
	return groupOf(t, "memory", map[string]string{"memory.limit_in_bytes": bytes}, map[string]string{"memory.max": bytes})
}

// A runtime that sizes itself by what it may use looks there.
func TestTheLimitsOfTheInstanceCanBeSeen(t *testing.T) {
	t.Parallel()
	wanted := func(access string) map[string]string {
		options := access + ",nosuid,nodev,noexec"
		all := hierarchies(t)
		if len(all) == 1 && all[0] == "" {
			return map[string]string{"/sys/fs/cgroup": "cgroup2 " + options}
		}
		want := map[string]string{"/sys/fs/cgroup": "tmpfs " + options}
		for _, name := range all {
			if name == "" {
				want["/sys/fs/cgroup/unified"] = "cgroup2 " + options
			} else {
				want["/sys/fs/cgroup/"+strings.TrimPrefix(name, "name=")] = "cgroup " + options
			}
		}
		return want
	}
	const nesting = "/dev/.lxc/proc"
	for name, test := range map[string]struct {
		i    image
		want map[string]string
	}{
		"root of the host":              {image{}, wanted("ro")},
		"a user namespace":              {image{userNamespace: true}, wanted("ro")},
		"an instance that nests":        {image{userNamespace: true, containerCommands: [][]string{{"mkdir", "-p", nesting}}}, wanted("rw")},
		"s6, which does not know them":  {image{userNamespace: true, Process: Process{Entrypoint: []string{"/init"}}}, wanted("ro")},
		"systemd, which mounts them":    {image{userNamespace: true, Process: Process{Entrypoint: []string{"/sbin/init"}}}, nil},
		"another program that is PID 1": {image{userNamespace: true, Process: Process{Supervise: Never}}, nil},
		"what the host has mounted stays": {image{containerCommands: [][]string{{"mount", "-n", "-t", "tmpfs", "-o", "ro,nosuid,nodev", "host", "/sys/fs/cgroup"}}},
			map[string]string{"/sys/fs/cgroup": "tmpfs ro,nosuid,nodev,relatime"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := test.i
			i.conf, i.cgroupNamespace = "end 15", true
			i.edit = func(tree *rootfs.Tree) {
				must(t, tree.Put("command/s6-svscan", script("#!/bin/sh\n")))
				must(t, tree.Link("probe", "init"))
				must(t, tree.Link("probe", "sbin/init"))
			}
			c := run(t, i)
			c.waitForLine("ready")
			if got := cgroupMounts(t, c); !maps.Equal(got, test.want) {
				t.Errorf("it has %v, not %v", got, test.want)
			}
			if got := ours(c); len(got) != 0 {
				t.Errorf("the console says %q", got)
			}
		})
	}
}

// Where controllers share a hierarchy, programs look for each by its name. Not every
// host has such: the mounts themselves are those of the test above.
func TestControllersOfOneHierarchyAreFoundByTheirNames(t *testing.T) {
	t.Parallel()
	c := run(t, image{conf: "end 15", cgroupNamespace: true, editInstalled: func(tree *rootfs.Tree) {
		must(t, tree.Put("cgroup", text("4:cpu,cpuacct:/\n3:name=systemd:/\n0::/\n")))
		edited := strings.Replace(string(file("cgroups.sh")), "/proc/self/cgroup", "/cgroup", 1)
		must(t, tree.Put(".lxdocker/cgroups.sh", text(strings.Replace(edited, "mount_cgroup() {", "mount_cgroup() {\nreturn 0", 1))))
	}})
	c.waitForLine("ready")
	if got := c.busybox("sh", "-c", "cd /sys/fs/cgroup; ls; readlink cpu; readlink cpuacct"); got != "cpu\ncpu,cpuacct\ncpuacct\nsystemd\nunified\ncpu,cpuacct\ncpu,cpuacct" {
		t.Errorf("there are %q", got)
	}
}
