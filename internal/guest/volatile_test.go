package guest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"lxdocker/internal/lifecycle"
	"lxdocker/internal/rootfs"
)

// sizeOf gives the size of the file system that is mounted at a directory, in KiB, and
// its type; 0 if none is.
func (c *container) sizeOf(dir string) (int, string) {
	c.t.Helper()
	for line := range strings.Lines(c.busybox("cat", "/proc/mounts")) {
		f := strings.Fields(line)
		if f[1] != dir {
			continue
		}
		for option := range strings.SplitSeq(f[3], ",") {
			if size, ok := strings.CutPrefix(option, "size="); ok {
				n, err := strconv.Atoi(strings.TrimSuffix(size, "k"))
				must(c.t, err)
				return n, f[2]
			}
		}
		return -1, f[2]
	}
	return 0, ""
}

// memoryOfTheHost gives MemTotal, in KiB. No test runs in a control group with less.
func memoryOfTheHost(t *testing.T) int {
	t.Helper()
	b, err := os.ReadFile("/proc/meminfo")
	must(t, err)
	var n int
	_, err = fmt.Sscanf(string(b), "MemTotal: %d kB", &n)
	must(t, err)
	return n
}

func TestTmpAndRunHaveASize(t *testing.T) {
	t.Parallel()
	total := memoryOfTheHost(t)
	usual := func(part int) int { return (total/part + 3) / 4 * 4 } // in pages
	onDisk := lifecycle.Volatile{OnDisk: true}
	for name, test := range map[string]struct {
		p        Process
		env      []string
		tmp, run int // 0: on disk
		says     []string
	}{
		"a part of the memory":                {Process{}, nil, usual(2), usual(4), nil},
		"the spec's sizes":                    {Process{Tmp: lifecycle.Volatile{Size: 8 << 20}, Run: lifecycle.Volatile{Size: 4 << 20}}, nil, 8192, 4096, nil},
		"the instance's sizes":                {Process{Tmp: onDisk}, []string{"LXDOCKER_TMP=12m", "LXDOCKER_RUN=2048K"}, 12288, 2048, nil},
		"the spec's disk":                     {Process{Tmp: onDisk, Run: onDisk}, nil, 0, 0, nil},
		"the instance's disk":                 {Process{Tmp: lifecycle.Volatile{Size: 8 << 20}}, []string{"LXDOCKER_TMP=disk", "LXDOCKER_RUN=disk"}, 0, 0, nil},
		"the instance's memory":               {Process{Tmp: onDisk}, []string{"LXDOCKER_TMP=memory"}, usual(2), usual(4), nil},
		"the spec's environment has settings": {Process{Settings: []string{"LXDOCKER_TMP=3m", "LXDOCKER_RUN=disk"}}, []string{"LXDOCKER_RUN=5m"}, 3072, 5120, nil},
		"a mistake of the instance": {Process{Settings: []string{"LXDOCKER_TMP=3m"}}, []string{"LXDOCKER_TMP=3k"}, 3072, usual(4), []string{
			"LXDOCKER_TMP: '3k' is not disk, memory or a size of at least 1m: the image's own is taken",
		}},
		"too small, and something that is none": {Process{Tmp: lifecycle.Volatile{Size: 8 << 20}}, []string{"LXDOCKER_TMP=64", "LXDOCKER_RUN=5m,exec"}, 8192, usual(4), []string{
			"LXDOCKER_RUN: '5m,exec' is not disk, memory or a size of at least 1m: the image's own is taken",
			"LXDOCKER_TMP: '64' is not disk, memory or a size of at least 1m: the image's own is taken",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := run(t, image{Process: test.p, conf: "end 15", env: test.env})
			c.waitForLine("ready")
			if got, _ := c.sizeOf("/tmp"); got != test.tmp {
				t.Errorf("/tmp has %d KiB, not %d", got, test.tmp)
			}
			if got, _ := c.sizeOf("/run"); got != test.run {
				t.Errorf("/run has %d KiB, not %d", got, test.run)
			}
			if got := strings.Join(said(c, len(test.says)), "\n"); got != strings.Join(test.says, "\n") {
				t.Errorf("the console says %q, not %q", got, test.says)
			}
			c.signal(sigPwr)
			if c.wait(); !c.hasLine("done") {
				t.Error("the stop has not reached the application")
			}
		})
	}
}

func TestWhatIsOnDiskOutlivesARestart(t *testing.T) {
	t.Parallel()
	onDisk := lifecycle.Volatile{OnDisk: true}
	i := image{Process: Process{Tmp: onDisk, Run: onDisk}, conf: "end 15"}
	c := run(t, i)
	c.waitForLine("ready")
	for _, dir := range []string{"tmp", "run"} {
		must(t, os.WriteFile(c.path(dir+"/initialized"), nil, 0o644))
	}
	c.signal(sigPwr)
	c.wait()
	must(t, os.Remove(filepath.Join(c.root, "out/log")))
	c.start(i)
	c.waitForLine("ready")
	for _, dir := range []string{"tmp", "run"} {
		if _, err := os.Stat(c.path(dir + "/initialized")); err != nil {
			t.Error(err)
		}
	}
	c.signal(sigPwr)
	if c.wait(); !c.hasLine("done") {
		t.Error("what the first start has left in /run/lxdocker is in the way")
	}
}

// putLarge puts 5 MiB into a directory.
func putLarge(t *testing.T, name string) func(*rootfs.Tree) {
	return func(tree *rootfs.Tree) {
		top := dir(0o1770)
		top.UID, top.GID = 7, 8
		must(t, tree.Put(name, top))
		must(t, tree.Put(name+"/rests/large", text(strings.Repeat("0123456789abcdef", 5<<16))))
	}
}

// asRoot runs a command line as the container's own root, who is another one in a user
// namespace.
func (c *container) asRoot(inNamespace bool, commands string) string {
	c.t.Helper()
	args := []string{"nsenter", "-t", itoa(c.cmd.Process.Pid), "-m", "-p", "-r"}
	if inNamespace {
		args = append(args, "-U", "-S", "0", "-G", "0")
	}
	out, err := exec.Command("/bin/busybox", append(args, "/busybox-lxd", "sh", "-c", commands)...).CombinedOutput()
	if err != nil {
		c.t.Errorf("%q: %v: %s", commands, err, out)
	}
	return string(out)
}

// Copied, it would take memory that the application lacks.
func TestWhatIsLargeIsNotCopiedIntoMemory(t *testing.T) {
	t.Parallel()
	small := lifecycle.Volatile{Size: 2 << 20}
	for name, test := range map[string]struct {
		p    Process
		dir  string
		also string // what we put there
		root bool   // of the host
	}{
		"/tmp":                           {Process{Tmp: small}, "tmp", "", false},
		"/tmp, without a user namespace": {Process{Tmp: small}, "tmp", "", true},
		"/run":                           {Process{Run: small}, "run", "lxdocker\n", false},
		"/run, without a user namespace": {Process{Run: small}, "run", "lxdocker\n", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inNamespace, path := !test.root, "/"+test.dir
			c := run(t, image{Process: test.p, conf: "end 15", userNamespace: inNamespace, edit: putLarge(t, test.dir), mounts: []string{test.dir + "/share"},
				editInstalled: func(tree *rootfs.Tree) { must(t, tree.Put(test.dir+"/share", dir(0o755))) }})
			c.waitForLine("ready")
			if _, kind := c.sizeOf(path); kind != "overlay" {
				t.Fatalf("%s is %q; console %q", path, kind, c.console)
			}
			want := "1770 7:8"
			if inNamespace {
				want = "1770 100007:100008" // as the host sees it
			}
			if got := c.busybox("stat", "-c", "%a %u:%g", path); got != want {
				t.Errorf("%s is %s, not %s", path, got, want)
			}
			c.asRoot(inNamespace, "cd "+path+" && rm -r rests && mkdir rests && echo new >rests/x")
			if got, want := c.busybox("ls", "-A", path, path+"/rests"), path+":\n"+test.also+"rests\nshare\n\n"+path+"/rests:\nx"; got != want {
				t.Errorf("there is %q, not %q", got, want)
			}
			if _, kind := c.sizeOf(path + "/share"); kind != "tmpfs" {
				t.Errorf("the instance's mount is gone: %q", kind)
			}
			// The size holds for what is written.
			if got := c.asRoot(inNamespace, "cd "+path+" && dd if=/dev/zero of=full bs=64k count=64 2>&1 | grep -o 'No space.*'; rm full"); got != "No space left on device\n" {
				t.Errorf("writing 4 MiB says %q", got)
			}
			info, err := os.Stat(filepath.Join(c.root, test.dir, "rests/large"))
			if err != nil || info.Size() != 5<<20 {
				t.Errorf("the image's file has changed: %v, %v", info, err)
			}
			if got := c.busybox("awk", "$2 ~ \"^/.lxdocker\" { n++ } END { print n+0 }", "/proc/mounts"); got != "0" {
				t.Errorf("%s mounts are left at /.lxdocker", got)
			}
			if got := ours(c); len(got) != 0 {
				t.Errorf("the console says %q", got)
			}
			c.signal(sigPwr)
			if c.wait(); !c.hasLine("done") {
				t.Error("the stop has not reached the application")
			}
		})
	}
}

func TestWithoutAnOverlayWhatIsLargeStaysOnDisk(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"tmp", "run"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := run(t, image{conf: "end 15", edit: putLarge(t, name), editInstalled: func(tree *rootfs.Tree) {
				must(t, tree.Put(".lxdocker/overlay.sh", text(strings.Replace(string(file("overlay.sh")), "-t overlay", "-t no-such-type", 1))))
			}})
			c.waitForLine("ready")
			if size, kind := c.sizeOf("/" + name); size != 0 {
				t.Errorf("/%s is a %s", name, kind)
			}
			want := "/" + name + " stays on disk, where nothing empties it: the image has 5 MiB under 2 names there, and this host has no overlay for the instance"
			if strings.Join(said(c, 1), "\n") != want {
				t.Errorf("the console says %q", ours(c))
			}
			if got := c.busybox("awk", "$2 ~ \"^/.lxdocker\" { n++ } END { print n+0 }", "/proc/mounts"); got != "0" {
				t.Errorf("%s mounts are left at /.lxdocker", got)
			}
		})
	}
}

func TestZerosStayHoles(t *testing.T) {
	t.Parallel()
	c := run(t, image{conf: "end 15", edit: func(tree *rootfs.Tree) {
		must(t, tree.Put("run/zeros", text(string(make([]byte, 3<<20)))))
		must(t, tree.Put("run/mixed", text(string(bytes.Repeat(append(make([]byte, 1000), 'x'), 1000)))))
	}})
	c.waitForLine("ready")
	for name, want := range map[string]struct{ size, least, most int64 }{"zeros": {3 << 20, 0, 64 << 10}, "mixed": {1001000, 900 << 10, 2 << 20}} {
		info, err := os.Stat(c.path("run/" + name))
		must(t, err)
		stat := info.Sys().(*syscall.Stat_t)
		original, err := os.Stat(filepath.Join(c.root, "run", name))
		must(t, err)
		if taken := stat.Blocks * 512; info.Size() != want.size || taken < want.least || taken > want.most || info.ModTime().Unix() != original.ModTime().Unix() {
			t.Errorf("%s: %d bytes of %d are in memory, from %v", name, taken, info.Size(), info.ModTime())
		}
	}
}
