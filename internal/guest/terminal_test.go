package guest

import (
	"strings"
	"testing"
	"time"

	"lxdocker/internal/rootfs"
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
	if text := c.console.String(); strings.Contains(text, "job control turned off") {
		t.Errorf("it has no job control: %q", text)
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

// docker run -d: there is nothing to read, so it ends at once.
func TestAShellWithoutATerminalEndsAtOnce(t *testing.T) {
	t.Parallel()
	i := withShell(t)
	i.terminal = true
	c := run(t, i)
	if code := c.wait(); code != 0 {
		t.Errorf("exit status %d, console %q", code, c.console)
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
