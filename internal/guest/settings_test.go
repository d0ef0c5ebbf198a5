package guest

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"lxdocker/internal/rootfs"
)

// reportingImage has an application that writes down how it was started.
func reportingImage(t *testing.T) image {
	return image{
		Process: Process{Entrypoint: []string{"/probe", "image entry"}, Cmd: []string{"image cmd"}, User: "app", WorkDir: "/srv"},
		conf:    "exit 0",
		edit: func(tree *rootfs.Tree) {
			usersOfTests(t)(tree)
			must(t, tree.Link("probe", "bin/other"))
		},
	}
}

func TestAnInstanceChangesTheCommand(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		env  []string
		argv []string
	}{
		"no setting":                             {nil, []string{"/probe", "image entry", "image cmd"}},
		"cmd alone":                              {[]string{"LXDOCKER_CMD=a  b"}, []string{"/probe", "image entry", "a", "b"}},
		"entrypoint alone: cmd is dropped":       {[]string{"LXDOCKER_ENTRYPOINT=other"}, []string{"other"}},
		"entrypoint and cmd":                     {[]string{"LXDOCKER_ENTRYPOINT=/bin/other x", "LXDOCKER_CMD=y"}, []string{"/bin/other", "x", "y"}},
		"quotes":                                 {[]string{`LXDOCKER_CMD='a b' "c \" $d" e\ f g"h"'i' ""`}, []string{"/probe", "image entry", "a b", `c " $d`, "e f", "ghi", ""}},
		"newlines are blanks, but not in quotes": {[]string{"LXDOCKER_CMD=a\nb 'c\nd'\n"}, []string{"/probe", "image entry", "a", "b", "c\nd"}},
		"nothing is expanded":                    {[]string{"LXDOCKER_CMD=$(touch /out/pwned) `x` * ~ ; & | > /x #y ${PATH}"}, []string{"/probe", "image entry", "$(touch", "/out/pwned)", "`x`", "*", "~", ";", "&", "|", ">", "/x", "#y", "${PATH}"}},
		"words like options":                     {[]string{"LXDOCKER_CMD=-n -e -- %s"}, []string{"/probe", "image entry", "-n", "-e", "--", "%s"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := reportingImage(t)
			i.env = test.env
			c := run(t, i)
			if code := c.wait(); code != 0 {
				t.Errorf("exit status %d", code)
			}
			if got := c.readStrings("argv"); !slices.Equal(got, test.argv) {
				t.Errorf("its arguments are %q, not %q", got, test.argv)
			}
			if _, err := os.Stat(c.root + "/out/pwned"); err == nil {
				t.Error("a shell has read it")
			}
		})
	}
}

func TestAnInstanceChangesUserAndWorkingDirectory(t *testing.T) {
	t.Parallel()
	i := reportingImage(t)
	i.env = []string{"LXDOCKER_USER=1234:4321", "LXDOCKER_WORKDIR=/new dir/x"}
	c := run(t, i)
	c.wait()
	if ids, cwd := c.fields("ids"), c.fields("cwd"); ids[0] != "1234 1234 4321 4321" || cwd[0] != "/new dir/x" {
		t.Errorf("it is %s in %s", ids, cwd)
	}
}

func TestASettingThatMakesNoSenseIsReported(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		env    []string
		says   []string // before the application ends
		status int
	}{
		"a policy nobody knows": {[]string{"LXDOCKER_RESTART=often"},
			[]string{"LXDOCKER_RESTART: 'often' is not no, always, on-failure or on-failure:N: the image's own is taken", "/probe ended: exit 0"}, 0},
		"values that are no numbers": {[]string{"LXDOCKER_STOP_TIMEOUT=1m; reboot", "LXDOCKER_SHM_SIZE=9999,exec"},
			[]string{"LXDOCKER_STOP_TIMEOUT: '1m; reboot' is not a number of seconds: the image's own is taken",
				"LXDOCKER_SHM_SIZE: '9999,exec' is not a size such as 128m: the image's own is taken", "/probe ended: exit 0"}, 0},
		"supervision": {[]string{"LXDOCKER_SUPERVISE=perhaps"},
			[]string{"LXDOCKER_SUPERVISE: 'perhaps' is not yes, no or decide: the image's own is taken", "/probe ended: exit 0"}, 0},
		"a quote without an end": {[]string{"LXDOCKER_CMD=serve 'all"},
			[]string{"cannot start: LXDOCKER_CMD has a quote or backslash without an end: serve 'all"}, 126},
		"no command left": {[]string{"LXDOCKER_ENTRYPOINT=''"},
			[]string{"cannot start: LXDOCKER_ENTRYPOINT and LXDOCKER_CMD leave no command"}, 126},
		"a user that is not there": {[]string{"LXDOCKER_USER=nobody here"},
			[]string{"cannot start as user 'nobody here': /etc/passwd has no such name"}, 126},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := reportingImage(t)
			i.env = test.env
			c := run(t, i)
			if code := c.wait(); code != test.status {
				t.Errorf("exit status %d, not %d", code, test.status)
			}
			if got := ours(c); !slices.Equal(got, test.says) {
				t.Errorf("the console says %q, not %q", got, test.says)
			}
		})
	}
}

// Base images have none. They can be converted all the same.
func TestAnImageWithoutACommandSaysSoWhenItIsStarted(t *testing.T) {
	t.Parallel()
	for _, p := range []Process{{Entrypoint: []string{}}, {Entrypoint: []string{""}}, {Entrypoint: []string{}, Supervise: Never}} {
		i := image{Process: p, conf: "exit 0"}
		c := run(t, i)
		want := []string{"cannot start: the image names no command to run: set LXDOCKER_CMD, or cmd in the spec"}
		if code := c.wait(); code != 126 || !slices.Equal(ours(c), want) {
			t.Errorf("exit status %d, console %q", code, c.console)
		}
		i.env = []string{"LXDOCKER_CMD=/probe"}
		c = run(t, i)
		if code := c.wait(); code != 0 || !c.hasLine("done") {
			t.Errorf("with a command: exit status %d, console %q", code, c.console)
		}
	}
}

func TestAnInstanceChangesTheStopTimeout(t *testing.T) {
	t.Parallel()
	c := run(t, image{conf: "end 99", env: []string{"LXDOCKER_STOP_TIMEOUT=1"}})
	c.waitForLine("ready")
	c.signal(sigPwr)
	if code := c.wait(); code != 137 || ours(c)[0] != "no end 1 s after signal 15: killing" {
		t.Errorf("exit status %d, console %q", code, ours(c))
	}
}

func TestTheSizeOfSharedMemory(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		size int64
		env  []string
		want string
	}{
		"Docker's default": {0, nil, "size=65536k"},
		"the spec's":       {128 << 20, nil, "size=131072k"},
		"the instance's":   {128 << 20, []string{"LXDOCKER_SHM_SIZE=3m"}, "size=3072k"},
	} {
		c := run(t, image{Process: Process{ShmSize: test.size}, conf: "end 15", env: test.env})
		c.waitForLine("ready")
		mounts := c.busybox("cat", "/proc/mounts")
		if !strings.Contains(mounts, "shm /dev/shm tmpfs rw,nosuid,nodev,noexec,relatime,"+test.want) {
			t.Errorf("%s: %s", name, mounts)
		}
		if !strings.Contains(mounts, " /dev/mqueue mqueue ") {
			t.Errorf("no message queues: %s", mounts)
		}
	}
}

// In an application container, Incus mounts it as the image's config.json says.
func TestTheSizeOfSharedMemoryThatIsThereAlready(t *testing.T) {
	t.Parallel()
	shm := func(source string) [][]string {
		return [][]string{{"mkdir", "-p", "/dev/shm"}, {"mount", "-n", "-t", "tmpfs", "-o", "size=2m,mode=1777,nosuid,nodev,noexec", source, "/dev/shm"}}
	}
	for name, test := range map[string]struct {
		source string
		env    []string
		want   string
	}{
		"no setting: it stays":                  {"none", nil, "size=2048k"},
		"a setting: it is changed":              {"none", []string{"LXDOCKER_SHM_SIZE=3m"}, "size=3072k"},
		"a setting, on a disk device: it stays": {"tmpfs", []string{"LXDOCKER_SHM_SIZE=3m"}, "size=2048k"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := run(t, image{conf: "end 15", env: test.env, containerCommands: shm(test.source)})
			c.waitForLine("ready")
			mounts := c.busybox("cat", "/proc/mounts")
			if strings.Count(mounts, " /dev/shm ") != 1 || !strings.Contains(mounts, " /dev/shm tmpfs rw,nosuid,nodev,noexec,relatime,"+test.want) {
				t.Error(mounts)
			}
			if got := ours(c); len(got) > 0 {
				t.Errorf("the console says %q", got)
			}
		})
	}
}

// Secrets in the environment are for root and for the application.
func TestOthersCannotReadThePlan(t *testing.T) {
	t.Parallel()
	c := run(t, image{Process: Process{User: "1000", Health: &Health{Argv: []string{"/none"}}}, conf: "end 15", env: []string{"PASSWORD=sesame"}})
	c.waitForLine("ready")
	for _, name := range []string{"run/lxdocker/plan", "run/lxdocker/context"} {
		info, err := os.Stat(c.path(name))
		must(t, err)
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("/%s has the mode %v", name, info.Mode())
		}
	}
	for _, name := range []string{"run/lxdocker", "run/lxdocker/state"} {
		info, err := os.Stat(c.path(name))
		must(t, err)
		if info.Mode().Perm()&0o004 == 0 {
			t.Errorf("/%s has the mode %v", name, info.Mode())
		}
	}
}

// s6-overlay 2 has no answer to the signal that LXD and Incus send.
func TestAnOldS6GetsAnAnswerToSIGPWR(t *testing.T) {
	t.Parallel()
	c := run(t, image{Process: Process{Entrypoint: []string{"/init"}}, conf: "end 15", edit: func(tree *rootfs.Tree) {
		must(t, tree.Link("probe", "init"))
		must(t, tree.Put("etc/s6/init/init-stage1", script("#!/bin/execlineb\n")))
		must(t, tree.Put("etc/s6/services/.s6-svscan", dir(0o755)))
	}})
	c.waitForLine("ready")
	// As s6-svscan would run it. It ends with PID 1, so its exit status does not count.
	_ = exec.Command("/bin/busybox", "nsenter", "-t", itoa(c.cmd.Process.Pid), "-m", "-p", "-r", "/busybox-lxd", "sh", "/etc/s6/services/.s6-svscan/SIGPWR").Run()
	c.wait()
	if got := c.fields("signal"); !slices.Equal(got, []string{"15"}) {
		t.Errorf("PID 1 got %q", got)
	}
}

// Debian's inittab runs a program for SIGPWR that does not exist.
func TestSysvinitGetsAnAnswerToSIGPWR(t *testing.T) {
	t.Parallel()
	const inittab = "id:2:initdefault:\nsi::sysinit:/etc/init.d/rcS\n#pf::powerwait:/bin/no\n"
	for name, test := range map[string]struct{ inittab, want string }{
		"a program that is missing": {inittab + "pf::powerwait:/etc/init.d/powerfail start\n", inittab + "pf::powerwait:/sbin/init -t1 0\n"},
		"no line for SIGPWR":        {inittab, inittab + "pf::powerwait:/sbin/init -t1 0\n"},
		"a program that exists":     {inittab + "pf::powerwait:/probe start\n", inittab + "pf::powerwait:/probe start\n"},
		"an inittab of busybox":     {"::sysinit:/etc/rcS\n", "::sysinit:/etc/rcS\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := run(t, image{Process: Process{Entrypoint: []string{"/sbin/init"}}, conf: "end 15", edit: func(tree *rootfs.Tree) {
				must(t, tree.Link("probe", "sbin/init"))
				must(t, tree.Put("etc/inittab", text(test.inittab)))
			}})
			c.waitForLine("ready")
			b, err := os.ReadFile(c.path("etc/inittab"))
			must(t, err)
			if string(b) != test.want {
				t.Errorf("/etc/inittab is %q", b)
			}
			if b, _ := os.ReadFile(c.root + "/etc/inittab"); string(b) != test.inittab {
				t.Errorf("the image's own has become %q", b)
			}
		})
	}
}
