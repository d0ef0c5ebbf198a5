package guest

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/rootfs"
)

// imageWithHealthcheck has an application whose health check runs /out/check.
func imageWithHealthcheck(t *testing.T, h Health) image {
	if h.Interval == 0 {
		h.Interval = 50 * time.Millisecond
	}
	if h.Argv == nil {
		h.Argv = []string{"check", "an argument"}
	}
	return image{
		Process: Process{Env: []string{"PATH=/opt", "A=$(x)"}, WorkDir: "/srv", Health: &h},
		conf:    "end 15",
		edit: func(tree *rootfs.Tree) {
			must(t, tree.Put("out/check", script("#!/busybox-lxd sh\nexit 0\n")))
			must(t, tree.Put("opt/check", link("/out/check")))
		},
	}
}

// setCheck changes what the check does.
func (c *container) setCheck(script string) {
	c.t.Helper()
	next := c.root + "/out/next"
	must(c.t, writeProgram(next, []byte("#!/busybox-lxd sh\n"+script+"\n")))
	must(c.t, os.Rename(next, c.root+"/out/check"))
}

type health struct {
	Status   string
	Streak   int    `json:"failing_streak"`
	ExitCode *int   `json:"exit_code"`
	At       string `json:"checked_at"`
	Output   string
}

func healthOf(c *container) health { return published[health](c, "health") }

// published reads a file in /run/lxdocker; it is the zero value while there is none.
func published[T any](c *container, file string) (value T) {
	b, err := os.ReadFile(c.path("run/lxdocker/" + file))
	if err == nil {
		must(c.t, json.Unmarshal(b, &value))
	}
	return value
}

func (c *container) waitForHealth(status string) health {
	c.t.Helper()
	c.waitFor(status, func() bool { return healthOf(c).Status == status })
	return healthOf(c)
}

func TestTheHealthIsPublished(t *testing.T) {
	t.Parallel()
	c := run(t, imageWithHealthcheck(t, Health{Retries: 3}))
	if h := c.waitForHealth("healthy"); *h.ExitCode != 0 || h.Streak != 0 || h.At == "" {
		t.Errorf("%+v", h)
	}
	c.setCheck("echo 'no \"answer\"'; echo second; exit 7")
	if h := c.waitForHealth("unhealthy"); *h.ExitCode != 7 || h.Streak < 3 || h.Output != "no \"answer\"\nsecond\n" {
		t.Errorf("%+v", h)
	}
	c.setCheck("exit 0")
	c.waitForHealth("healthy")
	c.signal(sigPwr)
	if code := c.wait(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	// One line for each change, whatever the number of checks.
	want := []string{"health: healthy", `health: unhealthy, exit 7: no "answer"`, "health: healthy", "/probe ended: exit 0"}
	if !slices.Equal(ours(c), want) {
		t.Errorf("the console says %q", ours(c))
	}
}

func TestACheckRunsAsTheApplicationDoes(t *testing.T) {
	t.Parallel()
	i := imageWithHealthcheck(t, Health{})
	i.User = "1000:7"
	i.env = []string{"FROM=the instance"}
	c := run(t, i)
	c.setCheck(`echo "$0|$1|$#|$(/busybox-lxd id -u):$(/busybox-lxd id -g)|$A|$FROM|$HOME|$PWD"`)
	c.waitFor("its output", func() bool { return healthOf(c).Output != "" })
	if got, want := healthOf(c).Output, "/opt/check|an argument|1|1000:7|$(x)|the instance|/|/srv\n"; got != want {
		t.Errorf("it is run as %q, not %q", got, want)
	}
}

func TestACheckThatHangsHasFailed(t *testing.T) {
	t.Parallel()
	c := run(t, imageWithHealthcheck(t, Health{Retries: 1, Timeout: 200 * time.Millisecond}))
	c.waitForHealth("healthy")
	c.setCheck("/busybox-lxd sleep 4242 & wait")
	if h := c.waitForHealth("unhealthy"); *h.ExitCode != 137 {
		t.Errorf("%+v", h)
	}
	c.setCheck("exit 0")
	c.waitForHealth("healthy")
	if got := c.processes("4242"); got != 0 {
		t.Errorf("%d processes of the check are left", got)
	}
	if !slices.Contains(said(c, 2), "health: unhealthy, no answer within 0.2 s") {
		t.Errorf("the console says %q", ours(c))
	}
}

// processes counts those with a word in their command line.
func (c *container) processes(word string) int {
	c.t.Helper()
	count := 0
	for line := range strings.Lines(c.busybox("ps", "-o", "args")) {
		if strings.Contains(line, word) {
			count++
		}
	}
	return count
}

func TestFailuresDoNotCountWhileTheApplicationStarts(t *testing.T) {
	t.Parallel()
	i := imageWithHealthcheck(t, Health{Argv: []string{"/busybox-lxd", "test", "-e", "/out/works"}, Retries: 1, StartPeriod: time.Hour, StartInterval: 20 * time.Millisecond, Interval: 50 * time.Millisecond})
	c := run(t, i)
	c.waitFor("a failed check", func() bool { h := healthOf(c); return h.ExitCode != nil && *h.ExitCode == 1 })
	if h := healthOf(c); h.Status != "starting" || h.Streak != 0 {
		t.Errorf("%+v", h)
	}
	must(t, os.WriteFile(c.root+"/out/works", nil, 0o644))
	c.waitForHealth("healthy")
	must(t, os.Remove(c.root+"/out/works")) // it was healthy once, so the start is over
	c.waitForHealth("unhealthy")
}

func TestFailuresCountOnceTheStartPeriodIsOver(t *testing.T) {
	t.Parallel()
	check := []string{"/busybox-lxd", "sh", "-c", "echo >>/out/checks; exit 1"}
	c := run(t, imageWithHealthcheck(t, Health{Argv: check, Retries: 1, StartPeriod: 1500 * time.Millisecond, StartInterval: 20 * time.Millisecond}))
	h := c.waitForHealth("unhealthy")
	b, err := os.ReadFile(c.root + "/out/checks")
	must(t, err)
	if checks := strings.Count(string(b), "\n"); h.Streak < 1 || h.Streak > checks-2 || checks < 3 {
		t.Errorf("of %d failed checks, %d counted", checks, h.Streak)
	}
}

func TestAnUnhealthyApplicationIsStartedAgainIfTheSpecWantsThat(t *testing.T) {
	t.Parallel()
	i := imageWithHealthcheck(t, Health{Retries: 2, Restart: true})
	c := run(t, i)
	c.waitForHealth("healthy")
	c.setCheck("exit 1")
	c.waitFor("its end", func() bool { return c.hasLine("done") })
	c.setCheck("exit 0")
	c.waitFor("a second start", func() bool { return len(c.fields("pid")) == 2 })
	c.waitForHealth("healthy")
	if got := c.fields("signal"); !slices.Equal(got, []string{"15"}) {
		t.Errorf("it was asked to end by %q", got)
	}
	c.signal(sigPwr)
	if code := c.wait(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	if got := len(c.fields("pid")); got != 2 {
		t.Errorf("it was started %d times, also after a stop", got)
	}
}

// The instance is stopped while its application is ending, to be started again.
// The application is not asked a second time, and is not started.
func TestAStopWhileAnUnhealthyApplicationEndsIsObeyed(t *testing.T) {
	t.Parallel()
	i := imageWithHealthcheck(t, Health{Retries: 1, Restart: true})
	i.conf = "end 15 linger 1000"
	c := run(t, i)
	c.waitForHealth("healthy")
	c.setCheck("exit 1")
	c.waitForLine("signal 15")
	c.signal(sigPwr)
	if code := c.wait(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	if got := c.fields("signal"); !slices.Equal(got, []string{"15"}) || !c.hasLine("done") {
		t.Errorf("it was asked to end by %q", got)
	}
	if got := len(c.fields("pid")); got != 1 || strings.Contains(c.console.String(), "again in") {
		t.Errorf("it was started %d times; console %q", got, ours(c))
	}
}

func TestTheDefaultsOfAHealthCheckAreDockers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		health Health
		want   []string // interval, timeout, start period, start interval, retries, what then
	}{
		"the zero value": {Health{}, []string{"30000", "30000", "0", "5000", "3", "nothing"}},
		"every field set": {Health{Interval: time.Second, Timeout: 2 * time.Second, StartPeriod: time.Minute, StartInterval: 3 * time.Millisecond, Retries: 7, Restart: true},
			[]string{"1000", "2000", "60000", "3", "7", "restart"}},
	} {
		if got := test.health.data(); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, not %q", name, got, test.want)
		}
	}
	c := run(t, image{conf: "end 15", env: []string{"LXDOCKER_HEALTH_CMD=true"}}) // the image has no check
	c.waitForLine("ready")
	if got, want := c.file("run/lxdocker/plan/health"), string(encode(Health{}.data())); got != want {
		t.Errorf("of an instance whose image has no check: %q, not %q", got, want)
	}
}

func TestTheInstanceHasItsOwnHealthCheck(t *testing.T) {
	t.Parallel()
	t.Run("LXDOCKER_HEALTH_CMD=COMMAND", func(t *testing.T) {
		t.Parallel()
		i := imageWithHealthcheck(t, Health{})
		i.env = []string{`LXDOCKER_HEALTH_CMD=echo "by $0"; exit 3`}
		i.edit = func(tree *rootfs.Tree) {
			must(t, tree.Put("bin/sh", script("#!/busybox-lxd sh\nexec /busybox-lxd sh \"$@\"\n")))
		}
		c := run(t, i)
		c.waitForHealth("unhealthy")
		if h := healthOf(c); *h.ExitCode != 3 || h.Output != "by /busybox-lxd\n" && h.Output != "by sh\n" {
			t.Errorf("%+v", h)
		}
	})
	t.Run("LXDOCKER_HEALTH_CMD=none", func(t *testing.T) {
		t.Parallel()
		i := imageWithHealthcheck(t, Health{})
		i.env = []string{"LXDOCKER_HEALTH_CMD=none"}
		c := run(t, i)
		c.waitForLine("ready")
		if c.processes("/.lxdocker/health") != 0 {
			t.Error("the check is run nevertheless")
		}
	})
}

func TestAnApplicationThatIsPID1IsCheckedToo(t *testing.T) {
	t.Parallel()
	i := imageWithHealthcheck(t, Health{Retries: 1, Restart: true})
	i.Supervise = Never
	c := run(t, i)
	c.waitForHealth("healthy")
	c.setCheck("exit 1")
	c.waitForHealth("unhealthy")
	c.waitFor("a word about it", func() bool {
		return slices.Contains(ours(c), "health: an application that is PID 1 itself cannot be started again")
	})
	if c.hasLine("done") {
		t.Error("it was ended")
	}
}

// Whatever a check prints, the file is JSON.
func TestTheOutputOfACheckIsAlwaysAJSONString(t *testing.T) {
	t.Parallel()
	c := run(t, imageWithHealthcheck(t, Health{Argv: []string{"/busybox-lxd", "cat", "/out/text"}}))
	c.waitForLine("ready")
	for _, text := range []string{
		"plain\n", `"\/` + "\t\r\x00\x01\x1b[31m\x7f", "äöü € 😀", "\xff\xfe", "a\xe2\x82", "\xed\xa0\x80\xf5\xc0\x80", "%s%d\\n", strings.Repeat("x", 5000),
	} {
		must(t, os.WriteFile(c.root+"/out/text", []byte(text), 0o644))
		want := strings.ToValidUTF8(text, "\ufffd")
		if len(text) > 4096 {
			want = text[:4096]
		}
		if text == "\xff\xfe" || text == "\xed\xa0\x80\xf5\xc0\x80" {
			want = strings.Repeat("\ufffd", len(text))
		}
		c.waitFor(fmt.Sprintf("%.20q", want), func() bool { return healthOf(c).Output == want })
	}
}

// /run is memory.
func TestWhatAChattyCheckPrintsIsBounded(t *testing.T) {
	t.Parallel()
	size := func(c *container) int64 {
		info, err := os.Stat(c.path("run/lxdocker/check-output"))
		if err != nil {
			return 0
		}
		return info.Size()
	}
	t.Run("a check that never stops", func(t *testing.T) {
		t.Parallel()
		c := run(t, imageWithHealthcheck(t, Health{Argv: []string{"/busybox-lxd", "yes"}, Timeout: time.Second, Retries: 1}))
		largest := int64(0)
		c.waitFor("unhealthy", func() bool {
			largest = max(largest, size(c))
			return healthOf(c).Status == "unhealthy"
		})
		if h := healthOf(c); *h.ExitCode != 137 || h.Output != strings.Repeat("y\n", 2048) || largest != 4096 {
			t.Errorf("%d bytes were kept; it is %.100v", largest, h)
		}
		if want := []string{"health: unhealthy, no answer within 1.0 s"}; !slices.Equal(said(c, 1), want) {
			t.Errorf("the console says %q", ours(c))
		}
	})
	t.Run("a check that prints 5 MB and ends", func(t *testing.T) {
		t.Parallel()
		c := run(t, imageWithHealthcheck(t, Health{Argv: []string{"/busybox-lxd", "sh", "-c", "/busybox-lxd yes | /busybox-lxd head -c 5000000; exit 3"}, Retries: 1}))
		if h := c.waitForHealth("unhealthy"); *h.ExitCode != 3 || h.Output != strings.Repeat("y\n", 2048) || size(c) > 4096 {
			t.Errorf("%d bytes were kept; it is %.100v", size(c), h)
		}
	})
	t.Run("a check that leaves a process behind", func(t *testing.T) {
		t.Parallel()
		c := run(t, imageWithHealthcheck(t, Health{Argv: []string{"/busybox-lxd", "sh", "-c", "echo x; /busybox-lxd setsid /busybox-lxd sleep 4242 & echo y; exit 3"}, Retries: 3}))
		if h := c.waitForHealth("unhealthy"); *h.ExitCode != 3 || h.Output != "x\ny\n" {
			t.Errorf("%+v", h)
		}
		c.waitForCommand("the end of those that listened", func() bool { return c.processes("check-output") <= 1 })
	})
}

func TestChecksLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	i := imageWithHealthcheck(t, Health{Interval: 10 * time.Millisecond})
	i.conf = "killall 15 end 15" // the checks survive an application that signals all processes
	c := run(t, i)
	c.waitForHealth("healthy")
	c.setCheck("/busybox-lxd sleep 4243 &")
	before := healthOf(c).At
	c.waitFor("later checks", func() bool { return healthOf(c).At != before })
	if got := c.processes("4243"); got > 1 { // one check may be running
		t.Errorf("%d processes of earlier checks are left", got)
	}
	if z := zombies(t, c); z > 2 {
		t.Errorf("%d zombies", z)
	}
	c.signal(sigPwr)
	c.wait()
	if !c.hasLine("done") {
		t.Error("it was not asked to end")
	}
}

// An application that is stopping may close its port first.
func TestAStopIsNotReportedAsUnhealthy(t *testing.T) {
	t.Parallel()
	i := imageWithHealthcheck(t, Health{Retries: 1})
	i.conf = "end 15 linger 500"
	c := run(t, i)
	c.waitForHealth("healthy")
	c.signal(sigPwr)
	c.waitForLine("signal 15")
	c.setCheck("exit 1")
	c.wait()
	if want := []string{"health: healthy", "/probe ended: exit 0"}; !slices.Equal(ours(c), want) {
		t.Errorf("the console says %q", ours(c))
	}
}
