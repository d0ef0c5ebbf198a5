package guest

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"lxdocker/internal/lifecycle"
)

// `kill -HUP 1` is how images are told to read their configuration again.
func TestWhatProcess1IsSentReachesTheApplication(t *testing.T) {
	t.Parallel()
	signals := []syscall.Signal{
		unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGUSR1, unix.SIGUSR2, unix.SIGALRM, unix.SIGTERM, unix.SIGCONT,
		unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU, unix.SIGURG, unix.SIGWINCH,
	}
	for _, terminal := range []bool{false, true} {
		c := run(t, image{conf: "end 30", terminal: terminal})
		c.waitForLine("ready")
		var want []string
		for _, s := range signals {
			c.signal(s)
			c.waitForLine(fmt.Sprintf("signal %d", int(s)))
			want = append(want, fmt.Sprint(int(s)))
		}
		if got := c.fields("signal"); !slices.Equal(got, want) {
			t.Errorf("the application got %v, not %v", got, want)
		}
		if c.exited() {
			t.Error("the instance has stopped")
		}
	}
}

// A health check or a cron job that ends process 1 means the application. Only the
// daemons ask for a stop of the instance.
func TestATermFromInsideIsOneForTheApplicationOnly(t *testing.T) {
	t.Parallel()
	for _, s := range []syscall.Signal{unix.SIGTERM, unix.SIGINT, unix.SIGQUIT} {
		i := image{conf: fmt.Sprintf("end %d code 3", s)}
		i.Restart = lifecycle.Restart{When: lifecycle.RestartAlways}
		i.StopSignal = fmt.Sprint(int(s))
		c := run(t, i)
		c.waitForLine("ready")
		c.signal(s)
		c.waitFor("the second start", func() bool { return strings.Count(strings.Join(c.log(), "\n")+"\n", "ready\n") == 2 })
		c.signal(sigPwr)
		if code := c.wait(); code != 3 {
			t.Errorf("exit status %d", code)
		}
	}
	c := run(t, image{conf: "end 15 code 3"})
	c.waitForLine("ready")
	c.signal(unix.SIGTERM)
	if code := c.wait(); code != 3 {
		t.Errorf("without a restart policy: exit status %d", code)
	}
}

// apache ends by SIGWINCH, and the kernel sends one whenever somebody looks at the
// console in a window of another size.
func TestAConsoleOfAnotherSizeIsNoSignalForTheApplication(t *testing.T) {
	t.Parallel()
	i := image{conf: "end 28", terminal: true}
	i.StopSignal = "SIGWINCH"
	c := run(t, i)
	c.waitForLine("ready")
	for _, columns := range []uint16{80, 132} {
		terminal, err := c.keyboard.SyscallConn() // Fd would make it wait for ever
		must(t, err)
		must(t, terminal.Control(func(fd uintptr) {
			must(t, unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns}))
		}))
		c.waitFor("the new size", func() bool {
			b, _ := os.ReadFile(c.path("run/lxdocker/console-size"))
			return string(b) == fmt.Sprintf("24 %d\n", columns)
		})
	}
	c.signal(unix.SIGUSR1)
	c.waitForLine("signal 10")
	if got := c.fields("signal"); len(got) != 1 {
		t.Errorf("the application got %v", got)
	}
	c.signal(unix.SIGWINCH) // from somebody inside
	c.wait()
	if !c.hasLine("signal 28") {
		t.Error("it has not got the one that is meant for it")
	}
}

// atTerminal runs an application in an instance whose console is a terminal, and returns
// when it is up; what it does next waits for goOn.
func atTerminal(t *testing.T, script string) *container {
	t.Helper()
	i := printing(t, "trap '' INT QUIT\necho up\nwhile [ ! -e /out/go ]; do $b usleep 10000; done\n"+script+"\nexec /probe")
	i.terminal = true
	c := run(t, i)
	c.waitFor("the application", func() bool { return strings.Contains(c.console.String(), "up") })
	return c
}

func (c *container) goOn() { must(c.t, os.WriteFile(c.root+"/out/go", nil, 0o644)) }

func (c *container) press(keys ...byte) {
	_, err := c.keyboard.Write(keys)
	must(c.t, err)
}

// countTo is a script that prints so many lines.
func countTo(lines int) string {
	return "n=0\nwhile [ $n -lt " + itoa(lines) + " ]; do n=$((n + 1)); echo \"line $n.\"; done"
}

// Ctrl-S stops whatever prints to a terminal.
func TestAConsoleThatIsStoppedByAKeyStopsNothing(t *testing.T) {
	t.Parallel()
	c := atTerminal(t, countTo(20000))
	c.press(19)
	c.goOn()
	c.waitForLine("ready")
}

// Keys on the console are signals for whatever has it as its terminal.
func TestAKeyOnTheConsoleStopsNothingOfOurs(t *testing.T) {
	t.Parallel()
	c := atTerminal(t, "echo still here")
	c.press(26) // Ctrl-Z
	c.waitFor("the key's echo", func() bool { return strings.Contains(c.console.String(), "^Z") })
	c.goOn()
	c.waitForLine("ready")
	c.waitFor("its output", func() bool { return strings.Contains(c.console.String(), "still here\r\n") })
	c.signal(sigPwr)
	if code := c.wait(); code != 0 {
		t.Errorf("exit status %d", code)
	}
}

// A terminal throws away what was printed, and not read yet, when one of these keys comes.
func TestAKeyOnTheConsoleTakesNothingAway(t *testing.T) {
	t.Parallel()
	const lines = 3000
	c := atTerminal(t, countTo(lines))
	c.goOn()
	keys := time.NewTicker(time.Millisecond)
	defer keys.Stop()
	c.waitFor("the last line", func() bool {
		<-keys.C
		c.press(3, 26, 28) // Ctrl-C, Ctrl-Z, Ctrl-\
		return strings.Contains(c.console.String(), "line "+itoa(lines)+".")
	})
	text := strings.NewReplacer("^C", "", "^Z", "", `^\`, "").Replace(c.console.String()) // the keys' echo
	for n := 1; n <= lines; n++ {
		if want := "line " + itoa(n) + "."; !strings.Contains(text, want) {
			t.Fatalf("the console lacks %q", want)
		}
	}
}

func TestProcess1LooksLikeTheApplication(t *testing.T) {
	t.Parallel()
	for _, user := range []string{"", "app"} {
		i := printing(t, `
$b tr '\0' '\n' </proc/1/environ >/out/environ
echo one >/proc/1/fd/1; echo two >/proc/1/fd/2
exec /probe`)
		i.User, i.Env, i.env = user, []string{"COLOUR=green", "SIZE=1"}, []string{"SIZE=2"}
		c := run(t, i)
		c.waitForLine("ready")
		c.waitFor("its output", func() bool {
			text := strings.Join(logged(c), "\n") + "\n"
			return strings.Contains(text, "stdout F one\n") && strings.Contains(text, "stderr F two\n")
		})
		b, err := os.ReadFile(c.root + "/out/environ")
		must(t, err)
		env := strings.Split(string(b), "\n")
		for _, want := range []string{"COLOUR=green", "SIZE=2"} {
			if !slices.Contains(env, want) || slices.Contains(env, "SIZE=1") {
				t.Errorf("user %q: %s is not in %q", user, want, env)
			}
		}
	}
}

// An application that has filled /run can be stopped, and its end is known.
func TestAStopFindsItsWayThroughAFullRun(t *testing.T) {
	t.Parallel()
	for name, fill := range map[string]string{
		"no room":    "$b mount -o remount,size=64k /run; $b dd if=/dev/zero of=/run/x bs=1k count=1000",
		"no inodes":  "$b mount -o remount,nr_inodes=50 /run; n=0; while echo >/run/$n; do n=$((n + 1)); done",
		"room again": "$b mount -o remount,size=64k /run; $b dd if=/dev/zero of=/run/x bs=1k count=1000; [ ! -e /out/once ] || $b rm /run/x; >/out/once",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := printing(t, "("+fill+") 2>/dev/null\necho x >/run/more 2>/dev/null && echo there is room >>/out/log\nexec /probe")
			i.conf = "end 15 linger 100 code 5"
			i.Restart = lifecycle.Restart{When: lifecycle.RestartAlways}
			c := run(t, i)
			c.waitForLine("ready")
			c.signal(unix.SIGTERM) // a start with a full /run
			c.waitFor("the second start", func() bool { return strings.Count(strings.Join(c.log(), "\n")+"\n", "ready\n") == 2 })
			c.signal(sigPwr)
			if code := c.wait(); code != 5 || strings.Count(strings.Join(c.log(), "\n")+"\n", "done\n") != 2 || c.hasLine("there is room") != (name == "room again") {
				t.Errorf("exit status %d, not 5; %q", code, c.log())
			}
			if got := ours(c); got[len(got)-1] != "/print ended: exit 5" {
				t.Errorf("the console says %q", got)
			}
		})
	}
}
