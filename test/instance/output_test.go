//go:build e2e

package instance

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/daemon"
	"lxdocker/test/testbed"
)

// shell runs a script as the application of an instance that is followed, and then removed.
func (u user) shell(name, script string, options ...string) []string {
	args := append([]string{"run", "--quiet", "--rm", "--name", name, "--entrypoint", "/busybox-lxd"}, options...)
	return append(args, image("goserver"), "sh", "-c", script)
}

func TestOutputIsThatOfTheApplication(t *testing.T) {
	each(t, func(t *testing.T, d testbed.Daemon) {
		u := at(t, d)
		u.gone("raw", "large")
		out, complaints, code := u.types(u.shell("raw", `printf '\033[1mbold\033[0m\tgr\303\266\303\237e \377\n'; echo error >&2; printf 'no end'`)...)
		if code != 0 || out != "\x1b[1mbold\x1b[0m\tgröße \xff\nno end\n" || !strings.Contains(complaints, "error\n") {
			t.Errorf("exit code %d, %q, %q", code, out, complaints)
		}
		// More than the log of an instance has, which is 10 MiB, and in pieces there.
		const lines = 1800
		out, complaints, code = u.types(u.shell("large", fmt.Sprintf(`x=$(printf %%09000d 0); n=0; while [ $n -lt %d ]; do echo "$n $x"; n=$((n+1)); done`, lines))...)
		n := 0
		for line := range strings.Lines(out) {
			if number, zeros, _ := strings.Cut(line, " "); number != fmt.Sprint(n) || len(zeros) != 9001 {
				t.Errorf("line %d is %.20q, of %d bytes", n, line, len(line))
				break
			}
			n++
		}
		if code != 0 || n != lines {
			t.Errorf("exit code %d, %d lines, %q", code, n, complaints)
		}
	})
}

func TestWhoStopsReadingEndsTheApplication(t *testing.T) {
	each(t, func(t *testing.T, d testbed.Daemon) {
		u := at(t, d)
		u.gone("burst")
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd := u.command(ctx, u.shell("burst", `while :; do echo line; /busybox-lxd usleep 20000; done`, "--stop-timeout", "5")...)
		var complaints bytes.Buffer
		cmd.Stdout, cmd.Stderr = w, &complaints
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		w.Close()
		if line, err := bufio.NewReader(r).ReadString('\n'); line != "line\n" {
			t.Errorf("%q, %v", line, err)
		}
		r.Close()
		_ = cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code != 141 {
			t.Errorf("exit code %d, %s", code, &complaints)
		}
		u.absent(connect(t, d), "burst")
	})
}

func TestAnUpdateOutlivesItsReader(t *testing.T) {
	each(t, func(t *testing.T, d testbed.Daemon) {
		u, c := at(t, d), connect(t, d)
		tag := tagFor(d, "unread")
		publishes(t, tag, "goserver")
		u.gone("unread", "unread-old", "unread-failed")
		u.does("run", "-d", "--name", "unread", image(tag))
		before := u.instance(c, "unread").Config["volatile.base_image"]
		publishes(t, tag, "health")
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		cmd := u.command(t.Context(), "update", "--steady", "500ms", "unread")
		cmd.Stdout, cmd.Stderr = w, w
		if err := cmd.Run(); err != nil {
			t.Error(err)
		}
		w.Close()
		if i := u.instance(c, "unread"); !i.Running() || i.Config["volatile.base_image"] == before {
			t.Errorf("it is %s, and was not updated: %q", i.Status, i.Config)
		}
	})
}

// Ctrl-C ends a run over several instances when the one whose turn it is is whole.
func TestAnUpdateThatIsInterruptedBeginsNoOther(t *testing.T) {
	each(t, func(t *testing.T, d testbed.Daemon) {
		u, c := at(t, d), connect(t, d)
		tag := tagFor(d, "turns")
		publishes(t, tag, "goserver")
		before := map[string]string{}
		for _, name := range []string{"turn-1", "turn-2"} {
			u.gone(name, name+"-old", name+"-failed", name+"-new")
			u.does("run", "-d", "--name", name, image(tag))
			before[name] = u.instance(c, name).Config["volatile.base_image"]
		}
		publishes(t, tag, "health")
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		cmd := u.command(ctx, "update", "turn-1", "turn-2")
		w := interruptedAt(t, ctx, cmd, "waiting whether it works")
		_ = cmd.Wait()
		if printed := w.printed.String(); cmd.ProcessState.ExitCode() != 130 || !strings.Contains(printed, "not looked at: turn-2") {
			t.Errorf("exit code %d, %s", cmd.ProcessState.ExitCode(), printed)
		}
		for name, fingerprint := range before {
			if i := u.instance(c, name); !i.Running() || i.Config["volatile.base_image"] != fingerprint {
				t.Errorf("%s is %s: %q", name, i.Status, i.Config)
			}
		}
		u.absent(c, "turn-1-new", "turn-1-old", "turn-2-new", "turn-2-old")
	})
}

// awaitLog waits until an instance has printed a text.
func (u user) awaitLog(name, text string) {
	u.t.Helper()
	for {
		if out, complaints, _ := u.types("logs", name); strings.Contains(out+complaints, text) {
			return
		}
		select {
		case <-u.t.Context().Done():
			u.t.Fatal(u.t.Context().Err())
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func TestAStopSignalOfTheInstanceStays(t *testing.T) {
	each(t, func(t *testing.T, d testbed.Daemon) {
		u := at(t, d)
		tag := tagFor(d, "signal")
		publishes(t, tag, "goserver")
		u.gone("signal", "signal-old", "signal-failed")
		u.does("run", "-d", "--name", "signal", "--stop-signal", "usr1", "--no-healthcheck", "--entrypoint", "/busybox-lxd", image(tag),
			"sh", "-c", `trap 'exit 9' USR1; echo ready; while :; do /busybox-lxd usleep 100000; done`)
		stops := func(when string) {
			t.Helper()
			u.awaitLog("signal", "ready")
			if out := u.does("stop", "signal"); out != "signal: exit code 9\n" {
				t.Errorf("%s, stop prints %s", when, out)
			}
		}
		stops("at first")
		publishes(t, tag, "health")
		u.does("update", "signal")
		u.does("start", "signal")
		stops("after an update")
	})
}

// The lines that the page begins with.
func TestThePageIsTyped(t *testing.T) {
	page, err := os.ReadFile(root + "/docs/run.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(page), "```\n")
	block, _, _ = strings.Cut(block, "```")
	each(t, func(t *testing.T, d testbed.Daemon) {
		u := at(t, d)
		u.gone("web")
		says := map[string]string{"run": "web\n", "ps": "web ", "stop": "web: exit code 0\n", "rm": "web\n"}
		typed := 0
		for line := range strings.Lines(block) {
			args := strings.Fields(strings.NewReplacer(" 8080:", " "+unused(t)+":", " nginx", " "+image("nginx"), " -f", "").Replace(line))[1:]
			out := u.does(args...)
			if !strings.Contains(out, says[args[0]]) {
				t.Errorf("%s prints %s", line, out)
			}
			if args[0] == "run" {
				u.awaitRunning(d, "web")
			}
			typed++
		}
		if typed < 5 {
			t.Errorf("the page begins with %d lines", typed)
		}
	})
}

// awaitRunning waits until the application of an instance has been started.
func (u user) awaitRunning(d testbed.Daemon, name string) {
	u.t.Helper()
	c := connect(u.t, d)
	for {
		state, err := c.ReadFile(u.t.Context(), name, "/run/lxdocker/state", 1000)
		if err == nil && bytes.Contains(state, []byte(`"running"`)) {
			return
		}
		if err != nil && !daemon.NotFound(err) {
			u.t.Fatal(err)
		}
		select {
		case <-u.t.Context().Done():
			u.t.Fatal(u.t.Context().Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}
