package guest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"lxdocker/internal/rootfs"
)

// The content of the image's /run and /tmp is there after the tmpfs is mounted (T19).
func TestTheContentOfRunAndTmpIsKeptInTheTmpfs(t *testing.T) {
	t.Parallel()
	owned := func(ino rootfs.Inode, uid, gid uint32) rootfs.Inode {
		ino.UID, ino.GID = uid, gid
		return ino
	}
	c := run(t, image{conf: "end 15", edit: func(tree *rootfs.Tree) {
		must(t, tree.Put("run", dir(0o755)))
		must(t, tree.Put("run/mysqld", owned(dir(0o1777), 999, 998)))
		must(t, tree.Put("run/postgresql", owned(dir(0o3777), 70, 70)))
		program := owned(script("#!/bin/sh\n"), 5, 6)
		program.Mode = 0o4755
		must(t, tree.Put("run/s6/bin/tool", program))
		must(t, tree.Link("run/s6/bin/tool", "run/s6/bin/again"))
		must(t, tree.Put("run/link", link("../etc/hosts")))
		must(t, tree.Put("run/.hidden", text("hidden")))
		must(t, tree.Put("run/a name\nwith $(all) 'of it'", text("odd")))
		must(t, tree.Put("run/fifo", rootfs.Inode{Kind: rootfs.FIFO, Mode: 0o640}))
		must(t, tree.Put("tmp", owned(dir(0o1770), 3, 4)))
		must(t, tree.Put("tmp/x", text("x")))
	}})
	c.waitForLine("ready")
	for name, want := range map[string]string{
		"run":                             "drwxr-xr-x 0:0",
		"run/mysqld":                      "dtrwxrwxrwx 999:998",
		"run/postgresql":                  "dgtrwxrwxrwx 70:70",
		"run/s6/bin/tool":                 "urwxr-xr-x 5:6",
		"run/.hidden":                     "-rw-r--r-- 0:0",
		"run/a name\nwith $(all) 'of it'": "-rw-r--r-- 0:0",
		"run/fifo":                        "prw-r----- 0:0",
		"tmp":                             "dtrwxrwx--- 3:4",
		"tmp/x":                           "-rw-r--r-- 0:0",
		"dev/shm":                         "dtrwxrwxrwx 0:0",
	} {
		info, err := os.Lstat(c.path(name))
		must(t, err)
		owner := info.Sys().(*syscall.Stat_t)
		if got := fmt.Sprintf("%v %d:%d", info.Mode(), owner.Uid, owner.Gid); got != want {
			t.Errorf("%s is %s, not %s", name, got, want)
		}
	}
	one, err := os.Stat(c.path("run/s6/bin/tool"))
	must(t, err)
	other, err := os.Stat(c.path("run/s6/bin/again"))
	must(t, err)
	if !os.SameFile(one, other) {
		t.Error("two names of one file have become two files")
	}
	if to, _ := os.Readlink(c.path("run/link")); to != "../etc/hosts" {
		t.Errorf("the symlink leads to %q", to)
	}
	for dir, want := range map[string]string{"/run": "rw,nosuid,nodev", "/tmp": "rw,nosuid,nodev", "/dev/shm": "rw,nosuid,nodev,noexec"} {
		if got := mountOptions(t, c, dir); !strings.HasPrefix(got, "tmpfs "+want+",relatime") {
			t.Errorf("%s is mounted as %q, not as a tmpfs with %s", dir, got, want)
		}
	}
	if left, _ := os.ReadDir(c.path(".lxdocker/mnt")); len(left) != 0 || mountOptions(t, c, "/.lxdocker/mnt") != "" {
		t.Error("something is left at /.lxdocker/mnt")
	}
}

// mountOptions gives the type and options of what is mounted at a directory.
func mountOptions(t *testing.T, c *container, dir string) string {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/mountinfo", c.cmd.Process.Pid))
	must(t, err)
	found := ""
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if f[4] == dir {
			_, kind, _ := strings.Cut(line, " - ")
			found = strings.Fields(kind)[0] + " " + f[5]
		}
	}
	return found
}

func TestRunAndVarRunStayOne(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*rootfs.Tree){
		"/var/run is a symlink to /run": func(tree *rootfs.Tree) {
			must(t, tree.Put("run/app/pid", text("1")))
			must(t, tree.Put("var/run", link("/run")))
		},
		"/var/run is a relative symlink": func(tree *rootfs.Tree) {
			must(t, tree.Put("run/app/pid", text("1")))
			must(t, tree.Put("var/run", link("../run")))
		},
		"/run is a symlink to /var/run": func(tree *rootfs.Tree) {
			must(t, tree.Put("var/run/app/pid", text("1")))
			must(t, tree.Put("run", link("/var/run")))
		},
		"/run is a symlink that leads nowhere": func(tree *rootfs.Tree) {
			must(t, tree.Put("run", link("var/run")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := run(t, image{conf: "end 15", edit: edit})
			c.waitForLine("ready")
			real := "run"
			if target, err := os.Readlink(filepath.Join(c.root, "run")); err == nil {
				real = strings.TrimPrefix(target, "/")
			}
			if mountOptions(t, c, "/"+real) == "" {
				t.Errorf("/%s is no tmpfs", real)
			}
			if name != "/run is a symlink that leads nowhere" {
				text, err := os.ReadFile(c.path(real + "/app/pid"))
				if err != nil || string(text) != "1" {
					t.Errorf("the content is lost: %q, %v", text, err)
				}
			}
		})
	}
}

// A disk device, or a socket that the daemon brings, is mounted before init runs.
func TestMountsOfTheInstanceAreKept(t *testing.T) {
	t.Parallel()
	c := run(t, image{conf: "end 15", mounts: []string{"run/share", "run/share/deeper", "tmp/a b"}, edit: func(tree *rootfs.Tree) {
		must(t, tree.Put("run/share/deeper", dir(0o755)))
		must(t, tree.Put("run/share/hidden by the mount", text("")))
		must(t, tree.Put("run/own", text("own")))
		must(t, tree.Put("tmp", dir(0o1777)))
		must(t, tree.Put("tmp/a b", dir(0o755)))
	}})
	c.waitForLine("ready")
	for _, dir := range []string{"/run", "/run/share", "/run/share/deeper", "/tmp", `/tmp/a\040b`} {
		if mountOptions(t, c, dir) == "" {
			t.Errorf("nothing is mounted at %s", dir)
		}
	}
	if _, err := os.Stat(c.path("run/own")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(c.path("run/share/hidden by the mount")); err == nil {
		t.Error("the mount at /run/share is gone: what it hides is to be seen")
	}
	if ours := ours(c); len(ours) != 0 {
		t.Errorf("the console says %q", ours)
	}
}

func TestADirectoryThatIsMountedByTheInstanceStays(t *testing.T) {
	t.Parallel()
	c := run(t, image{conf: "end 15", mounts: []string{"run", "tmp", "dev/shm"}, edit: func(tree *rootfs.Tree) {
		must(t, tree.Put("run/x", text("")))
	}})
	c.waitForLine("ready")
	for _, dir := range []string{"/run", "/tmp", "/dev/shm"} {
		if got := mountOptions(t, c, dir); got != "tmpfs rw,relatime" {
			t.Errorf("%s is mounted as %q", dir, got)
		}
	}
	c.signal(sigPwr)
	if c.wait(); !c.hasLine("done") {
		t.Error("the stop has not reached the application")
	}
}

// The image sees its own init.
func TestTheImagesOwnInitIsAtItsPlace(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*rootfs.Tree){
		"a file":    func(tree *rootfs.Tree) { must(t, tree.Link("probe", "sbin/init")) },
		"a symlink": func(tree *rootfs.Tree) { must(t, tree.Put("sbin/init", link("../probe"))) },
		"usr-merged": func(tree *rootfs.Tree) {
			must(t, tree.Put("sbin", link("usr/sbin")))
			must(t, tree.Link("probe", "usr/sbin/init"))
		},
		"usr-merged, a symlink": func(tree *rootfs.Tree) {
			must(t, tree.Put("sbin", link("usr/sbin")))
			must(t, tree.Put("lib", link("usr/lib")))
			must(t, tree.Link("probe", "usr/lib/systemd/systemd"))
			must(t, tree.Put("usr/sbin/init", link("../lib/systemd/systemd")))
		},
	} {
		for _, supervised := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				c := run(t, image{Process: Process{Entrypoint: []string{"/sbin/init", "x"}, Supervise: supervision(supervised)}, conf: "exit 4", edit: edit})
				if code := c.wait(); code != 4 {
					t.Fatalf("exit status %d, not 4", code)
				}
				if got := c.readStrings("argv"); len(got) != 2 || got[0] != "/sbin/init" {
					t.Errorf("its arguments are %q", got)
				}
			})
		}
	}
}

func TestForwardingIsOffAndPortsAreFree(t *testing.T) {
	t.Parallel()
	c := run(t, image{conf: "end 15", hostCommands: [][]string{
		{"/bin/sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding"},
	}})
	c.waitForLine("ready")
	for name, want := range map[string]string{
		"ipv4/ip_forward": "0", "ipv6/conf/all/forwarding": "0", "ipv4/ip_unprivileged_port_start": "0", "ipv4/ping_group_range": "0\t2147483647",
	} {
		if got := c.inNetwork("/bin/busybox", "cat", "/proc/sys/net/"+name); got != want {
			t.Errorf("%s is %q, not %q", name, got, want)
		}
	}
}
