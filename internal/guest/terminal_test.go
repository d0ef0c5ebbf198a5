package guest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/rootfs"
	"lxdocker/internal/testenv"
)

// withShell is an image whose command is a shell, as that of alpine or debian.
func withShell(t *testing.T) image {
	return image{
		Process: Process{Entrypoint: []string{}, Cmd: []string{"sh"}},
		edit: func(tree *rootfs.Tree) {
			must(t, tree.Put("bin/sh", script(string(busybox(t))+"\n")))
			must(t, tree.Put("bin/sleep", link("sh")))
			must(t, tree.Put("bin/tty", link("sh")))
		},
	}
}

// types types on the console, and waits for what the shell prints then.
func (c *container) types(text, answer string) {
	c.t.Helper()
	before := len(c.console.String())
	_, err := c.keyboard.Write([]byte(text))
	must(c.t, err)
	c.waitFor(answer, func() bool { return strings.Contains(c.console.String()[before:], answer) })
}

// docker run -it: keys are signals for what runs in the foreground, and jobs can be
// stopped and continued.
func TestAShellHasTheTerminal(t *testing.T) {
	t.Parallel()
	i := withShell(t)
	i.terminal, i.TTY = true, true
	c := run(t, i)
	c.waitFor("a prompt", func() bool { return strings.Contains(c.console.String(), "# ") })
	c.types("echo $((6 * 7)) answers\n", "42 answers")
	c.types("sleep 4242 || echo code $?\n", "code $?\r\n")
	c.waitForCommand("sleep", func() bool { return c.processes("sleep 4242") > 0 || c.processes("4242") > 0 })
	c.types("\x03", "^C")
	c.types("echo $((6 * 8)) after\n", "48 after")
	c.types("sleep 4343\n", "4343\r\n")
	c.waitForCommand("sleep", func() bool { return c.processes("4343") > 0 })
	c.types("\x1a", "Stopped")
	c.types("echo $((6 * 9)) with a job\n", "54 with a job")
	text := c.console.String()
	if strings.Contains(text, "job control turned off") {
		t.Errorf("it has no job control: %q", text)
	}
	if strings.Contains(text, "Killed") {
		t.Errorf("a shell of ours is on the console: %q", text)
	}
	if c.exited() {
		t.Error("a key has ended the instance")
	}
	begin := time.Now()
	c.signal(sigPwr) // which a shell ignores as SIGTERM
	c.wait()
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("the stop took %v", took)
	}
}

// shells are images whose command is a real shell: busybox's is that of alpine, dash's
// and bash's those of debian, ubuntu and fedora.
func shells(t *testing.T) map[string]image {
	all := map[string]image{"busybox": withShell(t)}
	for _, name := range []string{"bash", "dash"} {
		path := testenv.NeedsProgram(t, name, name)
		all[name] = image{Process: Process{Entrypoint: []string{}, Cmd: []string{name}}, edit: func(tree *rootfs.Tree) { putProgram(t, tree, path) }}
	}
	return all
}

// docker run -d: there is nothing to read, so it ends at once.
func TestAShellWithoutATerminalEndsAtOnce(t *testing.T) {
	t.Parallel()
	for name, i := range shells(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i.terminal = true
			c := run(t, i)
			if code := c.wait(); code != 0 || !slices.Equal(ours(c), []string{i.Cmd[0] + " ended: exit 0"}) {
				t.Errorf("exit status %d, console %q", code, c.console)
			}
		})
	}
}

// A shell that talks to somebody ignores TERM.
func TestAStopEndsAShellThatHasTheTerminal(t *testing.T) {
	t.Parallel()
	for name, i := range shells(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := i.Cmd
			i.Cmd = nil // the image names no command: the instance does
			i.terminal, i.env = true, []string{"LXDOCKER_TTY=yes", "LXDOCKER_CMD=" + cmd[0]}
			c := run(t, i)
			c.waitFor("a prompt", func() bool { return strings.Contains(c.console.String(), "# ") })
			c.types("echo $((6 * 7)) answers\n", "42 answers")
			begin := time.Now()
			c.signal(sigPwr)
			c.wait()
			if took := time.Since(begin); took > 5*time.Second {
				t.Errorf("the stop took %v", took)
			}
			if got := c.console.String(); !strings.Contains(got, "lxdocker: "+cmd[0]+" ended: killed by signal 1 after ") {
				t.Errorf("the console says %q", got)
			}
		})
	}
}

// As root's and every user's shell, which has to be able to open its terminal.
func TestAUserHasTheTerminal(t *testing.T) {
	t.Parallel()
	i := withShell(t)
	i.terminal, i.TTY, i.User = true, true, "1000"
	c := run(t, i)
	c.waitFor("a prompt", func() bool { return strings.Contains(c.console.String(), "$ ") })
	c.types("echo $((6 * 7)) >/dev/tty; echo $((6 * 8)) >/dev/stdout\n", "42\r\n48\r\n")
	c.types("exit 3\n", "ended: exit 3")
	if code := c.wait(); code != 3 {
		t.Errorf("exit status %d", code)
	}
}
