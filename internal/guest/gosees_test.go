package guest

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/rootfs"
	"lxdocker/internal/testenv"
)

// goProgram is this test binary, when it is the application of a container: a program of
// Go, whose runtime decides by what it finds how many processors to use.
const goProgram = "/go-application"

// sayWhatGoSees prints that, and what the runtime (internal/runtime/cgroup) reads.
func sayWhatGoSees() {
	quota := "none"
	mounts, _ := os.ReadFile("/proc/self/mountinfo")
	for line := range strings.Lines(string(mounts)) {
		before, after, _ := strings.Cut(line, " - ")
		at, kind := strings.Fields(before)[4], strings.Fields(after)
		switch {
		case kind[0] == "cgroup2":
			if b, err := os.ReadFile(at + "/cpu.max"); err == nil {
				quota = strings.Join(strings.Fields(string(b)), "/")
			}
		case kind[0] == "cgroup" && slices.Contains(strings.Split(kind[2], ","), "cpu"):
			most, _ := os.ReadFile(at + "/cpu.cfs_quota_us")
			of, _ := os.ReadFile(at + "/cpu.cfs_period_us")
			quota = strings.TrimSpace(string(most)) + "/" + strings.TrimSpace(string(of))
		}
	}
	fmt.Printf("NumCPU %d GOMAXPROCS %d quota %s\n", runtime.NumCPU(), runtime.GOMAXPROCS(0), strings.Replace(quota, "max/", "-1/", 1))
}

// groupOf makes a control group for which a controller has some files, of either version,
// and gives its directory.
func groupOf(t *testing.T, controller string, version1, version2 map[string]string) string {
	t.Helper()
	testenv.NeedsRoot(t)
	top, files := "/sys/fs/cgroup/"+controller, version1
	if _, err := os.Stat(top); err != nil {
		top, files = "/sys/fs/cgroup", version2
		must(t, os.WriteFile(top+"/cgroup.subtree_control", []byte("+"+controller), 0))
	}
	dir, err := os.MkdirTemp(top, "guest-test")
	must(t, err)
	t.Cleanup(func() {
		for range 500 { // until all processes are gone
			if err = os.Remove(dir); err == nil {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Error(err)
	})
	for name, value := range files {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(value), 0))
	}
	return dir
}

// limits.cpu=1 of LXD and Incus is a set of processors, limits.cpu.allowance=150ms/100ms a
// quota. For that Go takes no fewer than two threads, and no more than there are processors.
func TestGoSeesHowManyProcessorsItMayUse(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	must(t, err)
	all := runtime.NumCPU()
	for name, test := range map[string]struct {
		group func(t *testing.T) string
		want  string
	}{
		"no limit": {func(t *testing.T) string { return groupOf(t, "cpu", nil, nil) },
			fmt.Sprintf("NumCPU %d GOMAXPROCS %d quota -1/100000", all, all)},
		"a quota of one and a half": {func(t *testing.T) string {
			return groupOf(t, "cpu", map[string]string{"cpu.cfs_quota_us": "150000"}, map[string]string{"cpu.max": "150000 100000"})
		}, fmt.Sprintf("NumCPU %d GOMAXPROCS %d quota 150000/100000", all, min(all, 2))},
		"one processor": {func(t *testing.T) string {
			return groupOf(t, "cpuset", map[string]string{"cpuset.mems": "0", "cpuset.cpus": "0"}, map[string]string{"cpuset.cpus": "0"})
		}, "NumCPU 1 GOMAXPROCS 1 quota "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := run(t, image{
				Process: Process{Entrypoint: []string{goProgram}}, cgroup: test.group(t), cgroupNamespace: true,
				edit: func(tree *rootfs.Tree) {
					putProgram(t, tree, self)
					must(t, tree.Rename(strings.TrimPrefix(self, "/"), strings.TrimPrefix(goProgram, "/")))
				},
			})
			c.wait()
			if got := c.console.String(); !strings.HasPrefix(got, test.want) {
				t.Errorf("it says %q, not %q", got, test.want)
			}
		})
	}
}
