package guest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"lxdocker/internal/rootfs"
)

const (
	sigPwr    = syscall.Signal(30)
	sigRtMin3 = syscall.Signal(37)
)

func TestAStopBecomesTheStopSignalAndPID1StaysUntilTheEnd(t *testing.T) {
	t.Parallel()
	requests := []syscall.Signal{sigPwr, sigRtMin3}
	for i, test := range []struct {
		stopSignal string
		number     int
	}{
		{"", 15}, {"SIGTERM", 15}, {"SIGQUIT", 3}, {"SIGINT", 2}, {"SIGUSR1", 10}, {"SIGWINCH", 28}, {"SIGRTMIN+3", 37}, {"SIGHUP", 1}, {"9", 9},
	} {
		request := requests[i%len(requests)]
		t.Run(fmt.Sprintf("%v for %s", request, test.stopSignal), func(t *testing.T) {
			t.Parallel()
			c := run(t, image{Process: Process{StopSignal: test.stopSignal}, conf: fmt.Sprintf("end %d linger 300 code 5", test.number)})
			c.waitForLine("ready")
			c.signal(request)
			code := c.wait()
			if test.number == 9 {
				if code != 137 || !slices.Contains(ours(c), "/probe ended: killed by signal 9") {
					t.Errorf("exit status %d, console %q", code, c.console)
				}
				return
			}
			if code != 5 || !c.hasLine("done") || !slices.Contains(ours(c), "/probe ended: exit 5") {
				t.Errorf("exit status %d, not 5; or the application was not let finish; console %q", code, c.console)
			}
			if got := c.fields("signal"); !slices.Equal(got, []string{fmt.Sprint(test.number)}) {
				t.Errorf("the application got the signals %v, not just %d", got, test.number)
			}
		})
	}
}

func TestEachRequestToStopWorksForEachUser(t *testing.T) {
	t.Parallel()
	for _, request := range []syscall.Signal{sigPwr, sigRtMin3} {
		for _, user := range []string{"", "1000", "app"} {
			c := run(t, image{Process: Process{User: user}, conf: "end 15 code 5", edit: usersOfTests(t)})
			c.waitForLine("ready")
			c.signal(request)
			if code := c.wait(); code != 5 {
				t.Errorf("user %q, %v: exit status %d, not 5", user, request, code)
			}
		}
	}
}

func TestASecondRequestToStopChangesNothing(t *testing.T) {
	t.Parallel()
	c := run(t, image{conf: "end 15 linger 500 code 5"})
	c.waitForLine("ready")
	c.signal(sigPwr)
	c.waitForLine("signal 15")
	for _, s := range []syscall.Signal{sigPwr, syscall.SIGTERM, syscall.SIGINT, sigRtMin3} {
		c.signal(s)
	}
	if code := c.wait(); code != 5 || !c.hasLine("done") {
		t.Errorf("exit status %d, not 5", code)
	}
	if got := c.fields("signal"); !slices.Equal(got, []string{"15"}) {
		t.Errorf("the application got the signals %v, not just one", got)
	}
}

// A stop at any moment of the start ends the instance. If the application is
// running, it is asked to end.
func TestAStopDuringTheStartIsNotLost(t *testing.T) {
	t.Parallel()
	for i := range 30 {
		c := run(t, image{Process: Process{StopSignal: []string{"SIGTERM", "SIGWINCH"}[i%2]}, conf: []string{"end 15", "late 100 end 28"}[i%2]})
		// Before there is a handler the kernel drops the signal, as for any
		// PID 1: there is one as soon as the signal is in SigCgt.
		c.waitFor("a handler in PID 1", func() bool { return handles(c, sigPwr) })
		time.Sleep(time.Duration(i) * 3 * time.Millisecond) // another moment each time
		c.signal(sigPwr)
		begin := time.Now()
		c.wait()
		if took := time.Since(begin); took > 8*time.Second {
			t.Errorf("after %d ms: the stop took %v", i*3, took)
		}
		if c.hasLine("ready") && !c.hasLine("done") {
			t.Errorf("after %d ms: the application was running and not asked to end", i*3)
		}
	}
}

// PID 1 has found no application to ask, and ends, at the moment in which the
// application is about to start: it must not start only to be killed.
func TestAnApplicationDoesNotStartAfterTheStop(t *testing.T) {
	t.Parallel()
	c := run(t, image{conf: "end 15", editInstalled: func(tree *rootfs.Tree) {
		edit := func(path, name, old, replacement string) {
			text := string(file(name))
			if strings.Count(text, old) != 1 {
				t.Fatalf("%q does not stand once in %s", old, name)
			}
			must(t, tree.Put(path, script(strings.Replace(text, old, replacement, 1))))
		}
		edit("sbin/init", "init", "exit 0 # nothing of the image", "echo >/out/found-none; $bb sleep 2; exit 0 # nothing of the image")
		edit(".lxdocker/start", "start", `echo "$$ $ret_value" >"$state/app-pid"`,
			`echo about to start >>/out/log; until [ -e /out/found-none ]; do $bb usleep 1000; done; echo "$$ $ret_value" >"$state/app-pid"`)
	}})
	c.waitForLine("about to start")
	c.signal(sigPwr)
	if code := c.wait(); code != 0 || len(c.fields("pid")) > 0 {
		t.Errorf("exit status %d; the application was started: %q", code, c.log())
	}
}

// handles tells whether PID 1 is a shell that has set its traps.
func handles(c *container, s syscall.Signal) bool {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid))
	if !strings.HasPrefix(string(b), "Name:\tinit\n") && !strings.HasPrefix(string(b), "Name:\tbusybox-lxd\n") {
		return false
	}
	_, rest, _ := strings.Cut(string(b), "SigCgt:\t")
	var mask uint64
	fmt.Sscanf(rest, "%x", &mask)
	return mask>>(s-1)&1 == 1
}

// apache's stop signal is one that does nothing before it has its handler.
func TestAStopSignalThatIsIgnoredByDefaultWaitsForItsHandler(t *testing.T) {
	t.Parallel()
	c := run(t, image{Process: Process{StopSignal: "SIGWINCH"}, conf: "late 1000 end 28 code 5"})
	c.waitForLine("started")
	c.signal(sigPwr)
	if code := c.wait(); code != 5 {
		t.Errorf("exit status %d, not 5", code)
	}
}

// tini blocks its signals and waits for them with sigwait, so /proc shows no
// handlers.
func TestAnApplicationThatWaitsForSignalsGetsThem(t *testing.T) {
	t.Parallel()
	for _, signal := range []string{"SIGWINCH", "SIGTERM"} {
		number, err := stopSignal(signal)
		must(t, err)
		c := run(t, image{Process: Process{StopSignal: signal}, conf: fmt.Sprintf("handlers 0 end %d linger 200 code 5", number)})
		c.waitForLine("ready")
		begin := time.Now()
		c.signal(sigPwr)
		if code := c.wait(); code != 5 || time.Since(begin) > 20*time.Second {
			t.Errorf("%s: exit status %d, not 5, after %v", signal, code, time.Since(begin))
		}
	}
}

func TestAnApplicationThatDoesNotEndIsKilledInTheEnd(t *testing.T) {
	t.Parallel()
	c := run(t, image{conf: "end 99", editInstalled: stopTimeout(t, "1")})
	c.waitForLine("ready")
	begin := time.Now()
	c.signal(sigPwr)
	if code := c.wait(); code != 137 {
		t.Errorf("exit status %d, not 137", code)
	}
	if took := time.Since(begin); took < time.Second {
		t.Errorf("it was killed after %v already", took)
	}
	if want := []string{"no end 1 s after signal 15: killing", "/probe ended: killed by signal 9"}; !slices.Equal(ours(c), want) {
		t.Errorf("the console says %q, not %q", ours(c), want)
	}
}

func stopTimeout(t *testing.T, seconds string) func(*rootfs.Tree) {
	return func(tree *rootfs.Tree) {
		must(t, tree.Put(".lxdocker/image/stop_timeout", text(seconds+"\x00")))
	}
}

func TestTheStopTimeoutIsInWholeSeconds(t *testing.T) {
	for name, test := range map[string]struct {
		timeout *time.Duration
		want    string
	}{
		"no timeout set": {nil, "90"},
		"0, forever":     {new(time.Duration(0)), "0"},
		"10 s":           {new(10 * time.Second), "10"},
		"1.5 s":          {new(1500 * time.Millisecond), "2"},
		"1 ms":           {new(time.Millisecond), "1"},
	} {
		data, err := Process{Cmd: []string{"/app"}, StopTimeout: test.timeout}.data()
		must(t, err)
		if got := data["stop_timeout"]; !slices.Equal(got, []string{test.want}) {
			t.Errorf("%s: %q, not %q", name, got, test.want)
		}
	}
}

func TestHowTheApplicationEndedIsOnTheConsole(t *testing.T) {
	t.Parallel()
	for conf, want := range map[string]struct {
		code int
		line string
	}{
		"exit 0":   {0, "/probe ended: exit 0"},
		"exit 1":   {1, "/probe ended: exit 1"},
		"exit 255": {255, "/probe ended: exit 255"},
		"exit 137": {137, "/probe ended: exit 137"},
		"exit 143": {143, "/probe ended: exit 143"}, // Java's, after a SIGTERM that it has handled
		"kill 9":   {137, "/probe ended: killed by signal 9"},
		"kill 15":  {143, "/probe ended: killed by signal 15"},
		"kill 11":  {139, "/probe ended: killed by signal 11"},
		"kill 6":   {134, "/probe ended: killed by signal 6"},
		"kill 10":  {138, "/probe ended: killed by signal 10"},
	} {
		t.Run(conf, func(t *testing.T) {
			t.Parallel()
			c := run(t, image{conf: conf})
			if code := c.wait(); code != want.code {
				t.Errorf("exit status %d, not %d", code, want.code)
			}
			if got := ours(c); len(got) != 1 || got[0] != want.line {
				t.Errorf("the console says %q, not %q", got, want.line)
			}
		})
	}
}

// Init systems, and scripts that end, signal all processes there are.
func TestAnApplicationMaySignalAllProcesses(t *testing.T) {
	t.Parallel()
	for _, user := range []string{"", "app"} {
		for _, signal := range []int{1, 2, 3, 10, 12, 14, 15, 30} {
			c := run(t, image{Process: Process{User: user}, conf: fmt.Sprintf("killall %d exit 6", signal), edit: usersOfTests(t)})
			if code := c.wait(); code != 6 || !c.hasLine("after killall") {
				t.Errorf("user %q, signal %d: exit status %d, not 6", user, signal, code)
			}
		}
	}
}

func TestAnApplicationOutlivesItsKilledParent(t *testing.T) {
	t.Parallel()
	c := run(t, image{conf: "killall 9 end 15"})
	c.waitForLine("ready")
	c.signal(sigPwr)
	c.wait()
	if !c.hasLine("signal 15") || !c.hasLine("done") {
		t.Error("the application was not asked to end")
	}
}

func TestOrphansAreReaped(t *testing.T) {
	t.Parallel()
	c := run(t, image{conf: "orphans 20 end 15"})
	c.waitForLine("ready")
	time.Sleep(300 * time.Millisecond) // they end after 200
	for deadline := time.Now().Add(time.Second); ; time.Sleep(10 * time.Millisecond) {
		left := zombies(t, c)
		if left == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d zombies are still there after a second", left)
		}
	}
	c.signal(sigPwr)
	if code := c.wait(); code != 0 {
		t.Errorf("exit status %d", code)
	}
}

// zombies counts the processes of the container that nobody has waited for.
func zombies(t *testing.T, c *container) int {
	t.Helper()
	stats, err := filepath.Glob(c.path("/proc/[0-9]*/stat"))
	must(t, err)
	if len(stats) < 3 {
		t.Fatalf("only %d processes", len(stats))
	}
	count := 0
	for _, name := range stats {
		b, _ := os.ReadFile(name)
		if strings.Contains(string(b), ") Z ") {
			count++
		}
	}
	return count
}

func TestWithoutSupervisionTheApplicationIsPID1(t *testing.T) {
	t.Parallel()
	c := run(t, image{Process: Process{Supervise: Never}, conf: "end 30 code 9"})
	c.waitForLine("ready")
	if pid := c.firstField("pid"); pid != "1 sid 1" {
		t.Errorf("it is process %s", pid)
	}
	// What else there is looks after the network and the log.
	if ours, all := c.processes("/.lxdocker/run"), c.processes(""); ours != 0 || all > 12 {
		t.Errorf("there are %d processes, and %d would be the application's parent", all, ours)
	}
	c.signal(sigPwr)
	if code := c.wait(); code != 9 {
		t.Errorf("exit status %d, not 9", code)
	}
	if got := c.fields("signal"); !slices.Equal(got, []string{"30"}) {
		t.Errorf("it got the signals %v, not what PID 1 was sent", got)
	}
}
