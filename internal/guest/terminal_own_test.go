package guest

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"lxdocker/internal/rootfs"
)

// rootsTerminal is a terminal in a container, with a shell of root's.
type rootsTerminal struct {
	*container
	screen   *console
	keyboard *os.File
}

// withTerminal has an application of a user, a shell for it and the program `steal`.
func withTerminal(t *testing.T, user string) image {
	i := withShell(t)
	edit := i.edit
	i.Process = Process{User: user, Entrypoint: []string{"/probe"}, Env: []string{"PATH=/bin"}, WorkDir: "/srv"}
	i.conf = "end 15"
	i.edit = func(tree *rootfs.Tree) {
		edit(tree)
		usersOfTests(t)(tree)
		b, err := stealer()
		must(t, err)
		must(t, tree.Put("bin/steal", script(string(b))))
		must(t, tree.Put("bin/stty", link("sh")))
		must(t, tree.Put("bin/id", link("sh")))
		must(t, tree.Put("bin/cat", link("sh")))
		must(t, tree.Put("srv", dir(0o755)))
	}
	return i
}

// openShell starts a program of busybox on a terminal: usually an interactive shell of
// root's, as by `lxc exec web -- sh`.
func (c *container) openShell(words ...string) *rootsTerminal {
	c.t.Helper()
	ptmx, pts := openTerminal(c.t)
	must(c.t, unix.IoctlSetWinsize(int(ptmx.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 33, Col: 101}))
	must(c.t, unix.SetNonblock(int(ptmx.Fd()), true)) // Fd has made it wait
	cmd := inside(c, append([]string{"/busybox-lxd", "setsid", "-c", "/busybox-lxd"}, words...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = pts, pts, pts
	cmd.Env = []string{"PS1=root> ", "HOME=/"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	must(c.t, cmd.Start())
	pts.Close()
	term := &rootsTerminal{c, &console{}, ptmx}
	ended := term.screen.follow(c.t, ptmx)
	c.t.Cleanup(func() {
		if c.t.Failed() {
			text := term.screen.String()
			c.t.Logf("root's terminal ends in:\n%q", text[max(0, len(text)-2000):])
		}
		cmd.Process.Kill()
		cmd.Wait()
		ptmx.Close()
		<-ended
	})
	return term
}

// prompts waits for root's shell to be there.
func (r *rootsTerminal) prompts() *rootsTerminal {
	r.t.Helper()
	r.waitFor("a prompt", func() bool { return strings.Contains(r.screen.String(), "root> ") })
	return r
}

// types types, and waits for an answer.
func (r *rootsTerminal) types(text, answer string) {
	r.t.Helper()
	before := len(r.screen.String())
	_, err := r.keyboard.Write([]byte(text))
	must(r.t, err)
	r.waitFor(answer, func() bool { return strings.Contains(r.screen.String()[before:], answer) })
}

func (r *rootsTerminal) stolen() string {
	b, _ := os.ReadFile(r.root + "/out/stolen")
	return string(b)
}

// What root calls must not be able to type for root when it has ended, or meanwhile.
func TestAnApplicationCannotTypeOnRootsTerminal(t *testing.T) {
	t.Parallel()
	for name, command := range map[string]string{
		"on the terminal":              "/lxd-enter steal",
		"with a pipe as input":         "echo | /lxd-enter steal",
		"with its output elsewhere":    "/lxd-enter steal >/out/o",
		"with none of root's terminal": "/lxd-enter steal </dev/null >/out/o 2>&1",
		"in the background":            "/lxd-enter steal & wait $!",
		"in a script":                  "/busybox-lxd sh -c '/lxd-enter steal; exit $?'",
		"without a terminal to make":   "/busybox-lxd rm /dev/ptmx; /lxd-enter steal",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := run(t, withTerminal(t, "1000"))
			c.waitForLine("ready")
			r := c.openShell("sh").prompts()
			r.types(command+"; echo \"code: $?\"\n", "code: 7")
			r.types("echo $((6 * 8)) at the end\n", "48 at the end")
			if r.stolen() == "" {
				t.Fatalf("it has not run: %q", r.screen)
			}
			if b, err := os.ReadFile(c.root + "/out/typed"); err == nil {
				t.Errorf("it has typed for root, who has written %q", b)
			}
			t.Logf("what it had: %q", r.stolen())
		})
	}
}

func TestAPersonWhoEntersHasAWholeTerminal(t *testing.T) {
	t.Parallel()
	c := run(t, withTerminal(t, "1000"))
	c.waitForLine("ready")
	r := c.openShell("sh").prompts()
	r.types("/lxd-enter sh; echo \"code: $?\"\n", "$ ")
	r.types("stty size; id -u; tty\n", "33 101\r\n1000\r\n/dev/pts/")
	r.types("echo $((6 * 7)) >/dev/tty\n", "\r\n42\r\n")
	must(t, unix.IoctlSetWinsize(int(r.keyboard.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 44, Col: 255}))
	must(t, unix.SetNonblock(int(r.keyboard.Fd()), true))
	r.waitForCommand("the new size", func() bool {
		r.types("stty size\n", "\r\n")
		return strings.Contains(r.screen.String(), "44 255")
	})
	r.types("sleep 4242 || echo \"sleep: $?\"\n", "sleep: $?\"\r\n")
	r.waitForCommand("sleep", func() bool { return r.processes("4242") > 0 })
	r.types("\x03", "^C")
	r.types("sleep 4343\n", "4343\r\n")
	r.waitForCommand("sleep", func() bool { return r.processes("4343") > 0 })
	r.types("\x1a", "Stopped")
	r.types("kill %1; fg; echo \"äÿ $((6 * 8))\"\n", "äÿ 48")
	r.types("exit 5\n", "code: 5")
	r.types("echo $((6 * 9)) at the end\n", "54 at the end\r\n")
	if strings.Contains(r.screen.String(), "job control turned off") {
		t.Error("it has no job control")
	}
	if got := c.busybox("sh", "-c", "ls /run/lxdocker | grep -E 'keys|exit'; true"); got != "" {
		t.Errorf("it has left %q", got)
	}
}

// What is no terminal goes to the program as it is, and its exit status comes back.
func TestWhatIsNoTerminalReachesTheProgramAsItIs(t *testing.T) {
	t.Parallel()
	i := withTerminal(t, "1000")
	c := run(t, i)
	c.waitForLine("ready")
	r := c.openShell("sh").prompts()
	r.types("b=/busybox-lxd; a=$($b head -c 300000 $b | $b md5sum); z=$($b head -c 300000 $b | /lxd-enter cat 2>/out/err | $b md5sum); [ \"$a\" = \"$z\" ] && echo same $((6 * 7))\n", "same 42")
	r.types("/lxd-enter sh -c 'n=0; while [ $n -lt 3000 ]; do echo line $n; n=$((n + 1)); done; exit 9'; echo \"code: $?\"\n", "line 2999\r\ncode: 9\r\n")
	r.types("/lxd-enter sleep 4242 </dev/null >/dev/null 2>&1; echo \"aborted: $?\"\n", "$?\"\r\n")
	r.waitForCommand("sleep, under the name that was typed", func() bool { return strings.Contains("\n"+c.busybox("ps", "-o", "args"), "\nsleep 4242") })
	r.types("\x03", "aborted: 130")
	r.types("/lxd-enter sh -c 'sleep 4343 & exit 3'; echo \"left: $?\"\n", "left: 3")
	r.types("/lxd-enter none; echo \"code: $?\"\n", "code: 127")
	r.types("echo $((6 * 9)) at the end\n", "54 at the end\r\n")
}

// A signal may come before the program has been started, and for the first process only.
func TestASignalEndsIt(t *testing.T) {
	t.Parallel()
	for name, command := range map[string]string{
		"as a job":            "$b sh -mc '/lxd-enter sleep 44%[1]d </dev/null >/dev/null 2>&1 & /busybox-lxd usleep %[2]d; kill %%1; wait'",
		"its process":         "$b sh -c '/lxd-enter sleep 44%[1]d </dev/null >/dev/null 2>&1 & /busybox-lxd usleep %[2]d; kill $!; wait'",
		"in the foreground":   "$b sh -c '(/busybox-lxd usleep %[2]d; kill $$) & exec /lxd-enter sleep 44%[1]d'",
		"by timeout, at last": "$b timeout 1 /lxd-enter sleep 44%[1]d",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := run(t, withTerminal(t, "1000"))
			c.waitForLine("ready")
			r := c.openShell("sh").prompts()
			moments := 30
			if strings.Contains(command, "timeout") {
				moments = 1
			}
			for n := range moments {
				line := fmt.Sprintf("b=/busybox-lxd; "+command+"; echo \"killed $((%[1]d * 1))-\"\n", n, n*1500)
				r.types(line, fmt.Sprintf("killed %d-", n))
			}
			r.waitForCommand("the end of sleep", func() bool { return r.processes("sleep 44") == 0 })
			if got := c.busybox("sh", "-c", "ls /run/lxdocker | grep -E 'keys|exit'; true"); got != "" {
				t.Errorf("it has left %q", got)
			}
		})
	}
}

// Who copies what is typed may have been started by then, and must not go on.
func TestASignalLeavesNobodyWhoReadsRootsTerminal(t *testing.T) {
	t.Parallel()
	i := withTerminal(t, "1000")
	i.editInstalled = func(tree *rootfs.Tree) {
		slowly := strings.Replace(string(file("terminal.sh")), "\t\thand_on &\n", "\t\thand_on &\n\t\t: >/run/begun; /busybox-lxd usleep 500000\n", 1)
		must(t, tree.Put(".lxdocker/terminal.sh", text(slowly)))
	}
	c := run(t, i)
	c.waitForLine("ready")
	r := c.openShell("sh").prompts()
	r.types("/busybox-lxd sh -c '(until [ -e /run/begun ]; do /busybox-lxd usleep 1000; done; kill $$) & exec /lxd-enter sleep 4242'; echo \"killed $((6 * 7))\"\n", "killed 42")
	r.types("echo $((6 * 9)) at the end\n", "54 at the end\r\n")
	if n := r.processes("sleep 4242"); n != 0 {
		t.Errorf("%d are left of what was ended", n)
	}
}

// Nothing of root's is behind the terminal of `lxc exec`, and root may share its own.
func TestATerminalOfTheProgramsAloneStaysAsItIs(t *testing.T) {
	t.Parallel()
	for user, words := range map[string][]string{"1000": {"sh", "/lxd-enter", "sh"}, "0": {"sh", "-c", "/lxd-enter sh; exit 0"}} {
		c := run(t, withTerminal(t, user))
		c.waitForLine("ready")
		r := c.openShell(words...)
		r.waitFor("a prompt", func() bool {
			return strings.HasSuffix(r.screen.String(), "$ \x1b[6n") || strings.HasSuffix(r.screen.String(), "# \x1b[6n")
		})
		r.types("id -u; stty size\n", user+"\r\n33 101\r\n")
		if n := c.processes("telnetd"); n != 0 {
			t.Errorf("user %s has a terminal of its own", user)
		}
	}
}
