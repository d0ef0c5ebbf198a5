//go:build e2e

package guest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// hostile strings mean something to a shell, or are awkward in a file.
var hostile = []string{
	"two  words", "", " ", "*", "?", "$HOME", "${x:-y}", "$(touch /data/pwned)", "`touch /data/pwned`", "; touch /data/pwned", "& | < > ( ) # !",
	"'single'", `"double"`, `back\slash\`, "line\nbreak\n", "tab\there", "-n", "--", "ünï ✓", "a=b", strings.Repeat("0123456789abcdef", 100<<10/16),
}

// yaml writes a value as JSON, which is YAML, too.
func yaml(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func TestArgumentsAndEnvironmentArriveByteForByte(t *testing.T) {
	env := map[string]string{"dotted.name-x": "1", "1st": "2", "a b": "3", "PS1": "$(whoami)@$(hostname):$(pwd)\\$ "}
	for n, value := range hostile {
		env["HOSTILE"+string(rune('A'+n))] = value
	}
	show(t, goserver("from a spec", "cmd: "+yaml(hostile)+"\nenv: "+yaml(env)+"\n", nil, func(c *container) {
		s := c.status()
		if want := append([]string{"/goserver"}, hostile...); !slices.Equal(s.Args, want) {
			c.t.Errorf("the arguments are %.2000q, not %.2000q", s.Args, want)
		}
		for name, want := range env {
			if got, ok := variable(s.Env, name); !ok || got != want {
				c.t.Errorf("%s is %.200q (%t), not %.200q", name, got, ok, want)
			}
		}
		c.finds("ls /data", "") // no shell has read it
	}))
}

// instancePath ends with what the daemons' own hooks need: those get it as well.
const instancePath = "/of/the/instance:/:/usr/sbin:/usr/bin:/sbin:/bin"

func TestEnvironment(t *testing.T) {
	see := func(wanted ...string) func(c *container) {
		return func(c *container) {
			s := c.status()
			for _, want := range wanted {
				name, value, _ := strings.Cut(want, "=")
				if got, ok := variable(s.Env, name); got != value || !ok {
					c.t.Errorf("%s is %q (%t), not %q", name, got, ok, value)
				}
			}
		}
	}
	passwd := "files: {/etc/passwd: 'web:x:1500:1500::/home/of/web:/bin/sh'}\n"
	show(t,
		goserver("the instance's wins", "env: {A: image, B: image}\n", config("environment.A=instance $(x)", "environment.C=more"),
			see("A=instance $(x)", "B=image", "C=more")),
		goserver("PATH is the image's", "env: {PATH: '/of/the/image:/'}\n", nil, see("PATH=/of/the/image:/")),
		goserver("PATH is the instance's if it says so", "env: {PATH: '/of/the/image'}\nentrypoint: [goserver]\n",
			config("environment.PATH="+instancePath), see("PATH="+instancePath)),
		goserver("PATH is Docker's without an image's", "", nil, see("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")),
		goserver("HOME comes from /etc/passwd", "user: web\n"+passwd, nil, see("HOME=/home/of/web")),
		goserver("HOME of the image stays", "user: web\nenv: {HOME: /elsewhere}\n"+passwd, nil, see("HOME=/elsewhere")),
		goserver("HOME is / for a number that nobody listed", "user: 4711\n", nil, see("HOME=/")),
		goserver("TERM and container are set", "", nil, see("TERM=xterm", "container=lxc")),
		goserver("TERM of the image stays", "env: {TERM: dumb}\n", nil, see("TERM=dumb")),
	)
}

// TestCronJobsFindTheEnvironment: they are started by a daemon that gives them none of it.
// Where the host does not let it be shown as that of process 1, a script writes it to a file.
func TestCronJobsFindTheEnvironment(t *testing.T) {
	// What a job has of its own is nothing.
	const job = `env -i /busybox-lxd sh -c '%s; echo "$PASSWORD, $COLOUR, $PORT"'`
	const want = "two words, green, 8080\n"
	spec := "env: {COLOUR: green, PASSWORD: of the image}\n"
	show(t,
		goserver("as process 1 has it", spec, config("environment.PASSWORD=two words"), func(c *container) {
			s := c.status()
			c.finds(fmt.Sprintf(job, "while IFS= read -r -d \"\" v; do case $v in PASSWORD=*|COLOUR=*|PORT=*) export \"$v\";; esac; done </proc/1/environ"), want)
			c.finds("stat -c '%u %a' /proc/1/environ", fmt.Sprintf("%d 600\n", s.UID)) // it holds secrets
		}),
		goserver("by the init script", spec, config("environment.PASSWORD=two words",
			"user.lxdocker_init_script=umask 077; export -p >/run/cron.env\n"), func(c *container) {
			c.status()
			c.finds("stat -c '%u %a' /run/cron.env", "0 600\n")
			c.finds(fmt.Sprintf(job, ". /run/cron.env"), want)
		}),
	)
}

func TestTheProgramIsFound(t *testing.T) {
	see := func(c *container) { c.status() }
	script := "files: {/opt/bin/app: {content: \"#!/goserver of its own\\n\", mode: 0755}}\n"
	show(t,
		goserver("by the image's PATH", "entrypoint: [goserver]\nenv: {PATH: '/nowhere:/'}\n", nil, see),
		goserver("relative to the working directory", "entrypoint: [bin/../../goserver]\nworkdir: /opt\nfiles: {/opt/bin: {directory: true}}\n", nil, see),
		goserver("by an empty part of PATH in the working directory", "entrypoint: [goserver]\nenv: {PATH: '/nowhere:'}\nworkdir: /\n", nil, see),
		goserver("as a script with an interpreter", "entrypoint: [app]\nenv: {PATH: /opt/bin}\n"+script, nil, func(c *container) {
			if s := c.status(); !slices.Equal(s.Args, []string{"/goserver", "of its own", "/opt/bin/app"}) {
				c.t.Errorf("the interpreter's arguments are %q", s.Args)
			}
		}),
		goserver("in a working directory that the image lacks", "workdir: /not/there/yet\n", nil, func(c *container) {
			if s := c.status(); s.WorkDir != "/not/there/yet" {
				c.t.Errorf("it works in %s", s.WorkDir)
			}
		}),
	)
}

// TestWhatCannotStartIsNamed: one sentence on the console, and the instance
// stops.
func TestWhatCannotStartIsNamed(t *testing.T) {
	see := func(sentence string) func(c *container) {
		return func(c *container) {
			c.says("lxdocker: " + sentence)
			c.ends()
			if n := c.left("cannot start"); n != 1 {
				c.t.Errorf("it was tried %d times", n)
			}
		}
	}
	show(t,
		goserver("not there", "entrypoint: [/missing]\n", nil, see("cannot start '/missing': there is no such file")),
		goserver("not in PATH", "entrypoint: [missing]\nenv: {PATH: /a:/b}\n", nil, see("cannot start 'missing': there is no such program in PATH (/a:/b)")),
		goserver("a directory", "entrypoint: [/data]\n", nil, see("cannot start '/data': it is a directory")),
		goserver("not executable", "entrypoint: [/text]\nfiles: {/text: hello}\n", nil, see("cannot start '/text': it is not executable")),
		goserver("without its interpreter", "entrypoint: [/app]\nfiles: {/app: {content: \"#!/bin/bash\\n\", mode: 0755}}\n", nil,
			see("cannot start '/app': its interpreter '/bin/bash' does not exist")),
		goserver("for another architecture", "entrypoint: [/app]\nfiles: {/app: {source: foreign, mode: 0755}}\n", nil,
			see("cannot start '/app': it is a program for another kind of machine than the image")),
		// The C library would have /bin/sh read it.
		goserver("for another architecture, beside a shell", "entrypoint: [/app]\nrestart: always\nfiles: {/app: {source: foreign, mode: 0755}, /bin/sh: {symlink: /busybox-lxd}}\n", nil,
			see("cannot start '/app': it is a program for another kind of machine than the image")),
		goserver("text", "entrypoint: [/app]\nrestart: always\nfiles: {/app: {content: \"echo x\\n\", mode: 0755}, /bin/sh: {symlink: /busybox-lxd}}\n", nil,
			see("cannot start '/app': it is neither an ELF program nor a script with #!")),
		goserver("not executable for its user", "entrypoint: [/app]\nuser: 4711\nrestart: always\nfiles: {/app: {content: \"#!/busybox-lxd sh\\n\", mode: 0700}}\n", nil,
			see("cannot start '/app': it is not executable for the user '4711'")),
		goserver("no such user", "user: nobody-knows\n", nil, see("cannot start as user 'nobody-knows'")),
	)
}
