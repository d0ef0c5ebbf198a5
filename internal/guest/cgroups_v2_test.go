package guest

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// onlyVersion2 makes the kernel show what it does on a host that has no control groups of
// version 1: those of version 2 can be mounted on any.
var onlyVersion2 = []string{"sh", "-c", "echo 0::/ >/out/cgroup; /busybox-lxd mount -n -o bind /out/cgroup /proc/1/cgroup"}

func TestVersion2IsAtTheTop(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		i      image
		access string
	}{
		"root of the host":       {image{}, "ro"},
		"a user namespace":       {image{userNamespace: true}, "ro"},
		"an instance that nests": {image{userNamespace: true, containerCommands: [][]string{{"mkdir", "-p", "/dev/.lxc/proc"}}}, "rw"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := test.i
			i.conf, i.cgroupNamespace = "end 15", true
			i.containerCommands = append(i.containerCommands, onlyVersion2)
			c := run(t, i)
			c.waitForLine("ready")
			want := map[string]string{"/sys/fs/cgroup": "cgroup2 " + test.access + ",nosuid,nodev,noexec"}
			if got := cgroupMounts(t, c); !maps.Equal(got, want) {
				t.Errorf("it has %v, not %v", got, want)
			}
			// Where runtimes tell the versions apart.
			c.busybox("cat", "/sys/fs/cgroup/cgroup.controllers")
			if got := ours(c); len(got) != 0 {
				t.Errorf("the console says %q", got)
			}
		})
	}
}

// What has the memory here may be of version 1; so the files are made, as they are in an
// instance.
func TestTheLimitOfVersion2IsRead(t *testing.T) {
	t.Parallel()
	const top = "/sys/fs/cgroup"
	for name, test := range map[string]struct {
		max  string
		want func(host int) int // of /tmp, in KiB
	}{
		"a number":           {"67108864", func(int) int { return 32 << 10 }},
		"the word for none":  {"max", func(host int) int { return host / 2 }},
		"more than the host": {"9000000000000000", func(host int) int { return host / 2 }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := run(t, image{conf: "end 15", cgroupNamespace: true, containerCommands: [][]string{
				onlyVersion2, {"mount", "-n", "-t", "tmpfs", "host", top}, {"sh", "-c", "echo " + test.max + " >" + top + "/memory.max"},
			}})
			c.waitForLine("ready")
			var host int
			for line := range strings.Lines(c.busybox("cat", "/proc/meminfo")) {
				if f := strings.Fields(line); f[0] == "MemTotal:" {
					var err error
					host, err = strconv.Atoi(f[1])
					must(t, err)
				}
			}
			const page = 4
			if size, _ := c.sizeOf("/tmp"); size < test.want(host) || size >= test.want(host)+page {
				t.Errorf("/tmp has %d KiB, not %d", size, test.want(host))
			}
		})
	}
}

func TestVersion2SaysWhoWasKilledForWantOfMemory(t *testing.T) {
	t.Parallel()
	const events = "/sys/fs/cgroup/memory.events"
	c := run(t, image{
		cgroupNamespace: true,
		Process:         Process{Entrypoint: []string{"/busybox-lxd", "sh", "-c", `printf 'low 0\nhigh 0\nmax 40\noom 1\noom_kill 5\n' >` + events + "; kill -9 $$"}},
		containerCommands: [][]string{
			onlyVersion2, {"mount", "-n", "-t", "tmpfs", "host", "/sys/fs/cgroup"},
			{"sh", "-c", `printf 'low 0\nhigh 0\nmax 0\noom 0\noom_kill 4\n' >` + events},
		},
	})
	c.wait()
	if got := ours(c); !slices.Equal(got, []string{"/busybox-lxd ended: killed by signal 9: out of memory"}) {
		t.Errorf("the console says %q", got)
	}
}
