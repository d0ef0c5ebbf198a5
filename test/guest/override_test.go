//go:build e2e

package guest

import (
	"slices"
	"strings"
	"testing"

	"lxdocker/test/testbed"
)

// TestSettingsOfTheInstance: what one instance changes without a new image.
func TestSettingsOfTheInstance(t *testing.T) {
	has := func(wanted func(s testbed.Status) bool) func(c *container) {
		return func(c *container) {
			if s := c.status(); !wanted(s) {
				c.t.Errorf("it runs as %d:%d in %s, with %q", s.UID, s.GID, s.WorkDir, s.Args)
			}
		}
	}
	args := func(want ...string) func(c *container) {
		return has(func(s testbed.Status) bool { return slices.Equal(s.Args, want) })
	}
	show(t,
		goserver("other arguments", "", config(`environment.LXDOCKER_CMD=one "two words" 'it is $5' a\ b "" "back\\slash"`),
			args("/goserver", "one", "two words", "it is $5", "a b", "", `back\slash`)),
		goserver("another program, without the image's arguments", "files: {/bin/other: {symlink: /goserver}}\nenv: {PATH: /bin}\n",
			config("environment.LXDOCKER_ENTRYPOINT=other 'a b'"), args("other", "a b")),
		goserver("another program with arguments", "", config("environment.LXDOCKER_ENTRYPOINT=/goserver first", "environment.LXDOCKER_CMD=second"),
			args("/goserver", "first", "second")),
		goserver("a user", "", config("environment.LXDOCKER_USER=4711:4712"), has(func(s testbed.Status) bool { return s.UID == 4711 && s.GID == 4712 })),
		goserver("more groups", "groups: [60]\n", config("environment.LXDOCKER_USER=4711:4712", "environment.LXDOCKER_GROUPS=61 62"),
			has(func(s testbed.Status) bool { return slices.Equal(s.Groups, []int{61, 62, 4712}) })),
		goserver("a folder", "", config("environment.LXDOCKER_WORKDIR=/srv/new folder"), has(func(s testbed.Status) bool { return s.WorkDir == "/srv/new folder" })),
		goserver("the size of /dev/shm", "shm_size: 32m\n", config("environment.LXDOCKER_SHM_SIZE=16m"), func(c *container) {
			c.status()
			c.finds("df -k /dev/shm | awk 'END { print $2 }'", "16384\n")
		}),
		behaviour{"the stop timeout", "goserver", "entrypoint: " + yaml([]string{"/busybox-lxd", "sh", "-c", "trap '' TERM" + waits}) + "\n",
			config("environment.LXDOCKER_STOP_TIMEOUT=1"), func(c *container) {
				c.says("ready")
				c.stop(patience)
				c.says("no end 1 s after signal 15: killing")
			}},
		goserver("a file of environment", "files: {/etc/app.env: \"# a comment\\nA=plain $(x) `y` #z\\nexport B='quoted value' # more\\nC=\\\"a \\\\\\\" b\\\"\\n\"}\n",
			config("environment.LXDOCKER_ENVFILE=/etc/app.env"), func(c *container) {
				env := c.status().Env
				for name, want := range map[string]string{"A": "plain $(x) `y` #z", "B": "quoted value", "C": `a " b`} {
					if got, _ := variable(env, name); got != want {
						c.t.Errorf("%s is %q, not %q", name, got, want)
					}
				}
			}),
		goserver("a script before the application", "user: 4711\n",
			config("user.lxdocker_init_script=echo \"as $(id -u) with $PORT\"\necho A=secret >/run/env\n", "environment.LXDOCKER_ENVFILE=/run/env"), func(c *container) {
				if got, _ := variable(c.status().Env, "A"); got != "secret" {
					c.t.Errorf("A is %q: the script has not run before the application", got)
				}
				c.says("as 0 with 8080")
			}),
	)
}

// TestSettingsAreNoShellScript: whatever a value holds, no shell runs it.
func TestSettingsAreNoShellScript(t *testing.T) {
	const bad = "x$(/busybox-lxd touch /data/pwned)`/busybox-lxd touch /data/pwned`;/busybox-lxd touch /data/pwned #'\""
	const index = "a[$(/busybox-lxd touch /data/pwned)]" // which arithmetic would run
	untouched := func(c *container) { c.finds("ls /data", "") }
	show(t,
		goserver("numbers and words", "", config("environment.LXDOCKER_RESTART="+bad, "environment.LXDOCKER_STOP_TIMEOUT="+index,
			"environment.LXDOCKER_SHM_SIZE="+index, "environment.LXDOCKER_SUPERVISE="+bad, "user.lxdocker.net="+bad), func(c *container) {
			c.status()
			c.says("LXDOCKER_RESTART: 'x$(", "LXDOCKER_STOP_TIMEOUT: 'a[$(", "LXDOCKER_SHM_SIZE: 'a[$(", "LXDOCKER_SUPERVISE: 'x$(", "user.lxdocker.net: '")
			untouched(c)
		}),
		goserver("the command", "", config(`environment.LXDOCKER_CMD=$(touch /data/pwned) ; & | > < * ~ "$HOME" {a,b} #`), func(c *container) {
			if s := c.status(); strings.Join(s.Args, " ") != "/goserver $(touch /data/pwned) ; & | > < * ~ $HOME {a,b} #" {
				c.t.Errorf("its arguments are %q", s.Args)
			}
			untouched(c)
		}),
		goserver("the folder", "", config("environment.LXDOCKER_WORKDIR=/data/"+strings.ReplaceAll(bad, "/", "_")), func(c *container) {
			if s := c.status(); s.WorkDir != "/data/"+strings.ReplaceAll(bad, "/", "_") {
				c.t.Errorf("it works in %q", s.WorkDir)
			}
		}),
		goserver("the file of environment", "", config("environment.LXDOCKER_ENVFILE="+bad), func(c *container) {
			c.status()
			c.says("LXDOCKER_ENVFILE: there is no file /x$(")
			untouched(c)
		}),
		goserver("the user", "", config("environment.LXDOCKER_USER="+bad), func(c *container) {
			c.says("cannot start as user 'x$(")
			c.ends()
			c.must("config", "unset", c.Name, "environment.LXDOCKER_USER")
			c.start()
			c.status()
			untouched(c)
		}),
		goserver("quotes without an end", "", config("environment.LXDOCKER_CMD='"), func(c *container) {
			c.says("cannot start: LXDOCKER_CMD has a quote or backslash without an end")
			c.ends()
		}),
	)
}
