package guest

import (
	"strings"
	"testing"

	"lxdocker/internal/rootfs"
)

// programSaying is the probe with words in it that an init system has, as strings at
// the end of the file.
func programSaying(t *testing.T, words ...string) rootfs.Inode {
	t.Helper()
	b, err := probe()
	must(t, err)
	return script(string(b) + "\x00" + strings.Join(words, "\x00") + "\x00")
}

// What each says is what `strings` shows of the programs of Debian and Alpine.
func TestWhoIsPID1IsDecidedByWhatTheCommandStarts(t *testing.T) {
	t.Parallel()
	put := func(name string, ino rootfs.Inode) func(*rootfs.Tree) {
		return func(tree *rootfs.Tree) { must(t, tree.Put(name, ino)) }
	}
	all := func(edits ...func(*rootfs.Tree)) func(*rootfs.Tree) {
		return func(tree *rootfs.Tree) {
			for _, edit := range edits {
				edit(tree)
			}
		}
	}
	probeAt := func(name string) func(*rootfs.Tree) {
		return func(tree *rootfs.Tree) { must(t, tree.Link("probe", name)) }
	}
	runs := func(commands string) rootfs.Inode { return script("#!/busybox-lxd sh\n" + commands + "\n") }
	shell := all(put("bin/sh", link("/busybox-lxd")), put("entry", runs(`exec "$@"`)))
	s6 := put("command/s6-svscan", script("#!/bin/sh\n"))
	systemd := put("lib/systemd/systemd", programSaying(t, "Can't run system mode unless PID 1."))
	for name, test := range map[string]struct {
		argv string
		edit func(*rootfs.Tree)
		set  Supervision
		env  []string
		pid1 bool
	}{
		"an ordinary program":                    {"/app", probeAt("app"), Decide, nil, false},
		"an ordinary program, the spec wants it": {"/app", probeAt("app"), Never, nil, true},
		"an init that the instance asks for":     {"/app", all(probeAt("app"), probeAt("sbin/init")), Decide, []string{"LXDOCKER_ENTRYPOINT=/sbin/init"}, true},

		"s6-overlay 1 and 2":                    {"/init", put("init", runs("# exec /etc/s6/init/init-stage1\nexec /probe")), Decide, nil, true},
		"s6-overlay 3":                          {"/init", put("init", runs("# exec s6-overlay-suexec /package/admin/s6-overlay/libexec/preinit\nexec /probe")), Decide, nil, true},
		"/init that is no script, beside s6":    {"/init", all(s6, probeAt("init")), Decide, nil, true},
		"/s6-init of distributions":             {"/s6-init", all(s6, probeAt("s6-init")), Decide, nil, true},
		"a program that is called /init":        {"/init", probeAt("init"), Decide, nil, false},
		"a script that is called /init":         {"/init", all(s6, put("init", runs("exec /probe"))), Decide, nil, false},
		"/init, but the spec wants supervision": {"/init", all(s6, probeAt("init")), Always, nil, false},
		"/init, but the instance wants it":      {"/init", all(s6, probeAt("init")), Decide, []string{"LXDOCKER_SUPERVISE=yes"}, false},
		"s6-svscan, which need not be":          {"s6-svscan /etc/s6", all(s6, probeAt("bin/s6-svscan")), Decide, nil, false},
		"runsvdir, which need not be":           {"runsvdir /etc/service", probeAt("usr/bin/runsvdir"), Decide, nil, false},
		"my_init, which need not be":            {"/sbin/my_init", put("sbin/my_init", runs("# runsvdir\nexec /probe")), Decide, nil, false},
		"supervisord":                           {"supervisord -n", put("usr/bin/supervisord", runs("exec /probe")), Decide, nil, false},

		"the image's own /sbin/init": {"/sbin/init", probeAt("sbin/init"), Decide, nil, true},
		"/sbin/init that is tini":    {"/sbin/init", put("sbin/init", programSaying(t, "TINI_SUBREAPER")), Decide, nil, false},
		"systemd by its own name":    {"/lib/systemd/systemd", probeAt("lib/systemd/systemd"), Decide, nil, true},
		"systemd by another name":    {"/boot", put("boot", programSaying(t, "Can't run system mode unless PID 1.")), Decide, nil, true},
		"an old systemd":             {"/boot", put("boot", programSaying(t, "Trying to run as user instance, but the system has not been initialized.")), Decide, nil, true},
		"runit":                      {"/sbin/runit", put("sbin/runit", programSaying(t, "must be run as process no 1.")), Decide, nil, true},
		"runit in PATH":              {"runit-init", put("usr/sbin/runit-init", programSaying(t, "must be run as process no 1.")), Decide, nil, true},
		"openrc-init":                {"/sbin/openrc-init", put("sbin/openrc-init", programSaying(t, `PID1: Received "%s" from FIFO...`)), Decide, nil, true},
		"finit":                      {"/sbin/finit", put("sbin/finit", programSaying(t, "/etc/finit.conf")), Decide, nil, true},
		"dinit":                      {"dinit", probeAt("usr/sbin/dinit"), Decide, nil, true},
		"sysvinit":                   {"/lib/sysvinit/init", put("lib/sysvinit/init", programSaying(t, "/etc/inittab")), Decide, nil, true},
		"busybox as init":            {"busybox init", put("bin/busybox", programSaying(t, "BusyBox v1.36.1", "/etc/inittab")), Decide, nil, true},
		"busybox's init by its name": {"/bin/init", put("bin/init", programSaying(t, "BusyBox v1.36.1", "/etc/inittab")), Decide, nil, true},
		"busybox as something else":  {"busybox httpd", put("bin/busybox", programSaying(t, "BusyBox v1.36.1", "/etc/inittab")), Decide, nil, false},

		"a script, and s6 in its words":         {"/entry /init", all(shell, s6, probeAt("init")), Decide, nil, true},
		"a script, and systemd in its words":    {"/entry --verbose /lib/systemd/systemd", all(systemd, put("entry", runs(`shift; exec "$@"`))), Decide, nil, true},
		"a script, and /sbin/init in its words": {"/entry /sbin/init", all(shell, probeAt("sbin/init")), Decide, nil, true},
		"a script, and an ordinary program":     {"/entry /app", all(shell, probeAt("app")), Decide, nil, false},
		"a script, and an init that is missing": {"/entry /probe /sbin/init", shell, Decide, nil, false},
		"a script that executes one":            {"/entry2", all(systemd, put("entry2", runs("set -e\n[ -z \"$X\" ] || exec echo\nexec /lib/systemd/systemd --show-status=true"))), Decide, nil, true},
		"a script that mentions one in passing": {"/entry2", all(systemd, put("entry2", runs("# exec /lib/systemd/systemd\nchmod 755 /lib/systemd/systemd\nexec /probe"))), Decide, nil, false},
		"a script that the shell is given":      {"sh /entry2", all(shell, systemd, put("entry2", runs("exec /lib/systemd/systemd"))), Decide, nil, true},
		"a script below the working directory":  {"./entry2", all(systemd, put("srv/entry2", runs("exec /lib/systemd/systemd"))), Decide, nil, true},
		"a command line":                        {"/bin/sh -c 'X=1; exec /sbin/init'", all(shell, probeAt("sbin/init")), Decide, nil, true},
		"a command line without exec":           {"/bin/sh -c '/probe /sbin/init'", all(shell, probeAt("sbin/init")), Decide, nil, false},
		"env":                                   {"env A=b /sbin/init", all(put("bin/env", link("/busybox-lxd")), probeAt("sbin/init")), Decide, nil, true},
		"tini, under which nothing is PID 1":    {"tini /sbin/init", all(probeAt("bin/tini"), probeAt("sbin/init")), Decide, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := Process{Entrypoint: []string{"/none"}, Supervise: test.set, WorkDir: "/srv"}
			env := append([]string{"LXDOCKER_ENTRYPOINT=" + test.argv}, test.env...)
			c := run(t, image{Process: p, env: env, conf: "end 30", edit: test.edit})
			c.waitForLine("ready")
			if pid := strings.Fields(c.firstField("pid"))[0]; (pid == "1") != test.pid1 {
				t.Errorf("it is process %s", pid)
			}
		})
	}
}
