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
	openrc := put("sbin/openrc-init", programSaying(t, `PID1: Received "%s" from FIFO...`))
	runit := func(name string) func(*rootfs.Tree) {
		return put(name, programSaying(t, "must be run as process no 1."))
	}
	busyboxAt := func(name string) func(*rootfs.Tree) {
		return put(name, programSaying(t, "BusyBox v1.36.1", "/etc/inittab"))
	}
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
		"runit":                      {"/sbin/runit", runit("sbin/runit"), Decide, nil, true},
		"runit in PATH":              {"runit-init", runit("usr/sbin/runit-init"), Decide, nil, true},
		"openrc-init":                {"/sbin/openrc-init", openrc, Decide, nil, true},
		"finit":                      {"/sbin/finit", put("sbin/finit", programSaying(t, "/etc/finit.conf")), Decide, nil, true},
		"dinit":                      {"dinit", probeAt("usr/sbin/dinit"), Decide, nil, true},
		"sysvinit":                   {"/lib/sysvinit/init", put("lib/sysvinit/init", programSaying(t, "/etc/inittab")), Decide, nil, true},
		"busybox as init":            {"busybox init", busyboxAt("bin/busybox"), Decide, nil, true},
		"busybox's init by its name": {"/bin/init", busyboxAt("bin/init"), Decide, nil, true},
		"busybox as something else":  {"busybox httpd", busyboxAt("bin/busybox"), Decide, nil, false},

		"a script, and s6 in its words":         {"/entry /init", all(shell, s6, probeAt("init")), Decide, nil, true},
		"a script, and systemd in its words":    {"/entry --verbose /lib/systemd/systemd", all(systemd, put("entry", runs(`shift; exec "$@"`))), Decide, nil, true},
		"a script, and /sbin/init in its words": {"/entry /sbin/init", all(shell, probeAt("sbin/init")), Decide, nil, true},
		"a script, and runit":                   {"/entry /sbin/runit", all(shell, runit("sbin/runit")), Decide, nil, true},
		"a script, and runit-init in PATH":      {"/entry runit-init", all(shell, runit("sbin/runit-init")), Decide, nil, true},
		"a script, and dinit in PATH":           {"/entry dinit --container", all(shell, probeAt("usr/sbin/dinit")), Decide, nil, true},
		"a script, and finit in PATH":           {"/entry finit", all(shell, put("sbin/finit", programSaying(t, "/etc/finit.conf"))), Decide, nil, true},
		"a script, and openrc-init in PATH":     {"/entry openrc-init", all(shell, openrc), Decide, nil, true},
		"a script, and busybox as init":         {"/entry /usr/bin/busybox init", all(shell, busyboxAt("usr/bin/busybox")), Decide, nil, true},
		"a script, and busybox as another":      {"/entry /usr/bin/busybox httpd init", all(shell, busyboxAt("usr/bin/busybox")), Decide, nil, false},
		"a script, and runsvdir":                {"/entry runsvdir /etc/service", all(shell, probeAt("usr/bin/runsvdir")), Decide, nil, false},
		"a script, and initdb in PATH":          {"/entry initdb", all(shell, probeAt("bin/initdb")), Decide, nil, false},
		"a node of kind": {"/usr/local/bin/entrypoint /sbin/init", all(shell, systemd, put("sbin/init", link("/lib/systemd/systemd")),
			put("usr/local/bin/entrypoint", runs("mount_tmp() {\n\techo 'INFO: starting init' >&2\n}\nmount_tmp\n# we want the init to be PID 1\nexec \"$@\""))), Decide, nil, true},
		"a script, and an ordinary program":     {"/entry /app", all(shell, probeAt("app")), Decide, nil, false},
		"a script, and an init that is missing": {"/entry /probe /sbin/init", shell, Decide, nil, false},
		"a script that executes one":            {"/entry2", all(systemd, put("entry2", runs("set -e\n[ -z \"$X\" ] || exec echo\nexec /lib/systemd/systemd --show-status=true"))), Decide, nil, true},
		"a script that executes runit":          {"/entry2", all(shell, runit("sbin/runit"), put("entry2", runs("exec /sbin/runit"))), Decide, nil, true},
		"a script that executes runit-init":     {"/entry2", all(shell, runit("sbin/runit-init"), put("entry2", runs("exec env A=b runit-init"))), Decide, nil, true},
		"a script that executes dinit":          {"/entry2", all(shell, probeAt("sbin/dinit"), put("entry2", runs("exec dinit -o"))), Decide, nil, true},
		"a script that executes finit":          {"/entry2", all(shell, put("sbin/finit", programSaying(t, "/etc/finit.conf")), put("entry2", runs("exec /sbin/finit"))), Decide, nil, true},
		"a script that executes openrc-init":    {"/entry2", all(shell, openrc, put("entry2", runs("exec openrc-init"))), Decide, nil, true},
		"a script that executes busybox's init": {"/entry2", all(shell, busyboxAt("usr/bin/busybox"), put("entry2", runs("exec /usr/bin/busybox init"))), Decide, nil, true},
		"a script that executes runsvdir":       {"/entry2", all(shell, probeAt("usr/bin/runsvdir"), put("entry2", runs("exec runsvdir /etc/service"))), Decide, nil, false},
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
