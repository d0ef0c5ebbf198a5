package guest

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/lifecycle"
	"lxdocker/internal/rootfs"
)

// countingImage has an application that knows how often it has been started: it ends
// with the codes one after the other, and stays up when there are none left.
func countingImage(t *testing.T, codes string) image {
	return image{
		Process: Process{Entrypoint: []string{"/count"}},
		conf:    "end 15",
		edit: func(tree *rootfs.Tree) {
			must(t, tree.Put("codes", text(strings.ReplaceAll(codes, " ", "\n"))))
			must(t, tree.Put("count", script(`#!/busybox-lxd sh
echo start >>/out/starts
n=$(/busybox-lxd wc -l </out/starts)
code=$(/busybox-lxd sed -n "${n}p" /codes)
case $code in
k*) kill -${code#k} $$ ;;
'') exec /probe ;;
*) exit $code ;;
esac
`)))
		},
	}
}

func starts(c *container) int {
	b, _ := os.ReadFile(c.root + "/out/starts")
	return strings.Count(string(b), "\n")
}

func TestTheRestartPolicyDecides(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		policy, codes  string
		starts, status int
	}{
		{"no", "3", 1, 3},
		{"on-failure", "3 k9 1 0", 4, 0},
		{"on-failure:2", "3 4 5 6", 3, 5},
		{"always", "0 3 k11 0", 5, 0}, // the fifth runs until it is stopped
	} {
		for _, by := range []string{"image", "instance"} {
			t.Run(test.policy+" of the "+by, func(t *testing.T) {
				t.Parallel()
				i := countingImage(t, test.codes)
				if by == "image" {
					policy, err := lifecycle.ParseRestart(test.policy)
					must(t, err)
					i.Restart = policy
				} else {
					i.Restart = lifecycle.Restart{When: lifecycle.RestartAlways}
					i.env = []string{"LXDOCKER_RESTART=" + test.policy}
				}
				c := run(t, i)
				if test.policy == "always" {
					c.waitForLine("ready")
					c.signal(sigPwr)
				}
				if code := c.wait(); code != test.status {
					t.Errorf("exit status %d, not %d", code, test.status)
				}
				if got := starts(c); got != test.starts {
					t.Errorf("%d starts, not %d", got, test.starts)
				}
			})
		}
	}
}

func TestTheDelayBeforeANewStartGrows(t *testing.T) {
	t.Parallel()
	i := countingImage(t, "1 1 1 1")
	i.Restart = lifecycle.Restart{When: lifecycle.RestartOnFailure, Max: 3}
	c := run(t, i)
	c.wait()
	want := []string{
		"/count ended: exit 1", "starting /count again in 0.1 s", "/count ended: exit 1", "starting /count again in 0.2 s",
		"/count ended: exit 1", "starting /count again in 0.4 s", "/count ended: exit 1", "it was started again 3 times: that is enough",
	}
	if !slices.Equal(ours(c), want) {
		t.Errorf("the console says %q", ours(c))
	}
}

// It would fail again, and nobody would see the message that says why.
func TestWhatCannotBeStartedIsNotStartedAgain(t *testing.T) {
	t.Parallel()
	c := run(t, image{Process: Process{Entrypoint: []string{"/none"}, Restart: lifecycle.Restart{When: lifecycle.RestartAlways}}})
	if code := c.wait(); code != 127 || len(ours(c)) != 1 {
		t.Errorf("exit status %d, console %q", code, ours(c))
	}
}

func TestAStopDuringTheDelayEndsTheInstance(t *testing.T) {
	t.Parallel()
	i := countingImage(t, "1 1 1 1 1 1 1 1 1 1")
	i.Restart = lifecycle.Restart{When: lifecycle.RestartAlways}
	c := run(t, i)
	c.waitFor("the sixth delay", func() bool { return strings.Contains(c.console.String(), "again in 3.2 s") })
	begin := time.Now()
	c.signal(sigPwr)
	c.wait()
	if took := time.Since(begin); took > 2500*time.Millisecond {
		t.Errorf("it took %v", took)
	}
}

// A stop at any moment of a restart is obeyed, and asks the application once.
func TestAStopDuringARestartIsNotLost(t *testing.T) {
	t.Parallel()
	for i := range 12 {
		im := countingImage(t, "1")
		im.Restart = lifecycle.Restart{When: lifecycle.RestartAlways}
		c := run(t, im)
		c.waitFor("the delay", func() bool { return strings.Contains(c.console.String(), "again in") })
		time.Sleep(time.Duration(90+i*8) * time.Millisecond) // another moment each time
		begin := time.Now()
		c.signal(sigPwr)
		c.wait()
		if took := time.Since(begin); took > 8*time.Second {
			t.Errorf("moment %d: the stop took %v", i, took)
		}
		if c.hasLine("ready") && (!c.hasLine("done") || len(c.fields("signal")) != 1) {
			t.Errorf("moment %d: the application was running and got the signals %q", i, c.fields("signal"))
		}
	}
}

// status is /run/lxdocker/state.
type status struct {
	Status   string
	Pid      int
	Started  time.Time `json:"started_at"`
	Ended    time.Time `json:"ended_at"`
	ExitCode *int      `json:"exit_code"`
	Signal   *int
	Uptime   float64 `json:"uptime_seconds"`
	Delay    float64 `json:"delay_seconds"`
	Restarts int
}

func stateOf(c *container) status { return published[status](c, "state") }

func TestTheStateIsPublished(t *testing.T) {
	t.Parallel()
	i := countingImage(t, "3 k9 3")
	i.Restart = lifecycle.Restart{When: lifecycle.RestartAlways}
	i.editInstalled = func(tree *rootfs.Tree) { // the delays are so short that a busy test misses them
		must(t, tree.Put(".lxdocker/state.sh", text(string(file("state.sh"))+"\npause() { $bb sleep 2; }\n")))
	}
	c := run(t, i)
	var waiting status
	c.waitFor("the delay after a signal", func() bool {
		waiting = stateOf(c)
		return waiting.Status == "waiting" && waiting.Signal != nil
	})
	if *waiting.Signal != 9 || *waiting.ExitCode != 137 || waiting.Restarts != 2 || waiting.Delay != 0.2 || waiting.Ended.IsZero() {
		t.Errorf("the state while it waits is %+v", waiting)
	}
	c.waitForLine("ready")
	running := stateOf(c)
	if running.Status != "running" || running.Restarts != 3 || time.Since(running.Started) > time.Minute || itoa(running.Pid) != strings.Fields(c.firstField("pid"))[0] {
		t.Errorf("the state while it runs is %+v", running)
	}
}

func TestTheStateTellsHowLongItRan(t *testing.T) {
	t.Parallel()
	begin := time.Now()
	c := run(t, image{Process: Process{Entrypoint: []string{"/busybox-lxd", "sh", "-c", "/busybox-lxd usleep 1300000; exit 3"}, Restart: lifecycle.Restart{When: lifecycle.RestartAlways}}})
	var s status
	c.waitFor("its end", func() bool {
		s = stateOf(c)
		return s.Status == "waiting"
	})
	if s.Uptime < 1.2 || s.Uptime > time.Since(begin).Seconds() {
		t.Errorf("it ran for %v s", s.Uptime)
	}
	if want := fmt.Sprintf("/busybox-lxd ended: exit 3 after %.1f s\n", s.Uptime); !strings.Contains(c.console.String(), want) {
		t.Errorf("the console does not say %q", want)
	}
}

// withoutPauses changes an image: pauses take no time, and clocks are ahead by the
// milliseconds in /out/age.
func withoutPauses(t *testing.T, i image) image {
	i.editInstalled = func(tree *rootfs.Tree) {
		must(t, tree.Put(".lxdocker/state.sh", text(string(file("state.sh"))+`
pause() { :; }
clock() {
	read -r ret_now _ </proc/uptime
	ret_now=$((${ret_now%.*} * 1000 + 1${ret_now#*.}0 - 1000))
	[ ! -s /out/age ] || ret_now=$((ret_now + $($bb cat /out/age)))
}
`)))
	}
	return i
}

// delays gives the delays that are named on the console.
func delays(c *container) (list []string) {
	for _, line := range ours(c) {
		if _, delay, ok := strings.Cut(line, "starting /count again in "); ok {
			list = append(list, delay)
		}
	}
	return list
}

func TestTheDelayGrowsUpToAMinute(t *testing.T) {
	t.Parallel()
	i := withoutPauses(t, countingImage(t, strings.Repeat("1 ", 13)))
	i.Restart = lifecycle.Restart{When: lifecycle.RestartOnFailure, Max: 12}
	c := run(t, i)
	c.wait()
	if want := strings.Fields("0.1 0.2 0.4 0.8 1.6 3.2 6.4 12.8 25.6 51.2 60.0 60.0"); strings.Join(delays(c), " ") != strings.Join(want, " s ")+" s" {
		t.Errorf("the delays are %q", delays(c))
	}
}

func TestTheDelayBeginsAnewAfterTenSeconds(t *testing.T) {
	t.Parallel()
	i := withoutPauses(t, countingImage(t, "1 1 1 1 1"))
	i.Restart = lifecycle.Restart{When: lifecycle.RestartOnFailure, Max: 4}
	count := i.edit
	i.edit = func(tree *rootfs.Tree) {
		count(tree)
		must(t, tree.Put("count", script(`#!/busybox-lxd sh
echo start >>/out/starts
case $(/busybox-lxd wc -l </out/starts) in
2) echo 9000 >/out/age ;; # 9 seconds later
4) echo 19050 >/out/age ;; # and 10 more
esac
exit 1
`)))
	}
	c := run(t, i)
	c.wait()
	if got := strings.Join(delays(c), ", "); got != "0.1 s, 0.2 s, 0.4 s, 0.1 s" {
		t.Errorf("the delays are %s", got)
	}
}

// What a killed application leaves behind would hold its port.
func TestWhatIsLeftBehindIsGoneBeforeTheNextStart(t *testing.T) {
	t.Parallel()
	i := countingImage(t, "3")
	i.Restart = lifecycle.Restart{When: lifecycle.RestartAlways}
	edit := i.edit
	i.edit = func(tree *rootfs.Tree) {
		edit(tree)
		program, err := readBusybox()
		must(t, err)
		must(t, tree.Put("bin/busybox", script(string(program)+"\n"))) // another file than ours
		must(t, tree.Put("count", script(`#!/bin/busybox sh
if [ -e /out/starts ]; then exec /probe; fi
echo start >/out/starts
/bin/busybox setsid /bin/busybox sh -c '/bin/busybox sleep 4242 & /bin/busybox sleep 4243; exit' &
/bin/busybox usleep 100000
exit 3
`)))
	}
	c := run(t, i)
	c.waitForLine("ready")
	if left := c.processes("424"); left != 0 {
		t.Errorf("%d processes are left", left)
	}
	c.signal(sigPwr)
	if code := c.wait(); code != 0 {
		t.Errorf("exit status %d", code)
	}
}
