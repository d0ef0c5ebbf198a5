package guest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// logOf writes a log as `logger` does: of files that take turns, from the oldest.
func logOf(t *testing.T, c *container, files ...string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Join(c.root, ".lxdocker/log"), 0o755))
	for i, text := range files {
		must(t, os.WriteFile(filepath.Join(c.root, ".lxdocker/log", itoa((i+1)%2)), []byte(fmt.Sprintf("# %d\n%s", i+7, text)), 0o600))
	}
}

// stamped is a record of some seconds ago.
func stamped(ago time.Duration, rest string) string {
	return time.Now().Add(-ago).UTC().Format("2006-01-02T15:04:05Z ") + rest + "\n"
}

// lxdLogs runs the program as root in the container.
func lxdLogs(c *container, words ...string) (stdout, stderr string) {
	c.t.Helper()
	cmd := inside(c, append([]string{"/lxd-logs"}, words...)...)
	var out, err strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &err
	cmd.Run()
	return out.String(), err.String()
}

func inside(c *container, words ...string) *exec.Cmd {
	return exec.Command("nsenter", append([]string{"-t", itoa(c.cmd.Process.Pid), "-m", "-p", "-i", "-u", "--root=" + c.path("/"), "--wd=" + c.path("/")}, words...)...)
}

func TestLxdLogsShowsWhatIsWanted(t *testing.T) {
	t.Parallel()
	c := run(t, image{conf: "end 15", env: []string{"LXDOCKER_LOG_SIZE=0"}})
	c.waitForLine("ready")
	logOf(t, c,
		stamped(48*time.Hour, "stdout F two days ago")+stamped(3*time.Hour, "stderr F three hours ago"),
		stamped(90*time.Minute, "stdout P half of a line, ")+stamped(90*time.Minute, "stdout F and the other half")+"\n"+stamped(time.Second, "stdout F now: Z stdout F x"))
	day := time.Now().Add(-24 * time.Hour).UTC()
	for name, test := range map[string]struct {
		words    []string
		out, err string
	}{
		"all":                  {nil, "two days ago\nhalf of a line, and the other half\nnow: Z stdout F x\n", "three hours ago\n"},
		"the last line":        {[]string{"--tail", "1"}, "now: Z stdout F x\n", ""},
		"the last two lines":   {[]string{"-n", "2"}, "half of a line, and the other half\nnow: Z stdout F x\n", ""},
		"the last three lines": {[]string{"--tail=3"}, "half of a line, and the other half\nnow: Z stdout F x\n", "three hours ago\n"},
		"more than there are":  {[]string{"--tail=30"}, "two days ago\nhalf of a line, and the other half\nnow: Z stdout F x\n", "three hours ago\n"},
		"no lines":             {[]string{"--tail", "0"}, "", ""},
		"all by its name":      {[]string{"--tail", "all", "--since", "10s"}, "now: Z stdout F x\n", ""},
		"since minutes":        {[]string{"--since", "5m"}, "now: Z stdout F x\n", ""},
		"since hours":          {[]string{"--since=1h40m"}, "half of a line, and the other half\nnow: Z stdout F x\n", ""},
		"since days":           {[]string{"--since", "1d"}, "half of a line, and the other half\nnow: Z stdout F x\n", "three hours ago\n"},
		"since a date":         {[]string{"--since", day.Format("2006-01-02")}, "half of a line, and the other half\nnow: Z stdout F x\n", "three hours ago\n"},
		"since a time":         {[]string{"--since", day.Format(time.RFC3339)}, "half of a line, and the other half\nnow: Z stdout F x\n", "three hours ago\n"},
		"since a Unix time":    {[]string{"--since", fmt.Sprint(day.Unix())}, "half of a line, and the other half\nnow: Z stdout F x\n", "three hours ago\n"},
		"since, and the last":  {[]string{"--since", "2h", "--tail", "1"}, "now: Z stdout F x\n", ""},
	} {
		out, err := lxdLogs(c, test.words...)
		if out != test.out || err != test.err {
			t.Errorf("%s: %q and %q, not %q and %q", name, out, err, test.out, test.err)
		}
	}
	out, _ := lxdLogs(c, "-t", "--tail=2")
	if lines := strings.Split(out, "\n"); len(lines) != 3 || !strings.HasSuffix(lines[0], "Z half of a line, and the other half") || !strings.HasSuffix(lines[1], "Z now: Z stdout F x") {
		t.Errorf("with times: %q", out)
	}
	for _, words := range [][]string{{"--since"}, {"--since", "soon"}, {"--since", "5x"}, {"--tail", "-1"}, {"web"}, {"--help"}} {
		if out, err := lxdLogs(c, words...); out != "" || !strings.HasPrefix(err, "usage: ") {
			t.Errorf("%q: %q and %q", words, out, err)
		}
	}
}

// Two turns of the files while somebody follows.
func TestLxdLogsWaitsForTheFirstLog(t *testing.T) {
	t.Parallel()
	c := run(t, image{conf: "end 15", env: []string{"LXDOCKER_LOG_SIZE=0"}})
	c.waitForLine("ready")
	logOf(t, c, stamped(time.Second, "stdout F first"), "")
	must(t, os.Rename(c.path("/.lxdocker/log"), c.path("/.lxdocker/later")))
	if _, stderr := lxdLogs(c); !strings.Contains(stderr, "there is no log") {
		t.Errorf("without a log that is to come, it says %q", stderr)
	}
	must(t, os.Remove(c.path("/run/lxdocker/ready")))
	shown := make(chan string)
	go func() {
		stdout, stderr := lxdLogs(c)
		shown <- stdout + stderr
	}()
	c.waitForCommand("it waits", func() bool { return c.processes("usleep 50000") > 0 })
	must(t, os.Rename(c.path("/.lxdocker/later"), c.path("/.lxdocker/log")))
	if got := <-shown; got != "first\n" {
		t.Errorf("it shows %q", got)
	}
}

func TestLxdLogsFollows(t *testing.T) {
	t.Parallel()
	i := printing(t, `
n=0
while [ $n -lt 500 ]; do n=$((n + 1)); echo "line $n"; [ $((n % 10)) != 0 ] || $b usleep 50000; done
exec /probe`)
	i.env = []string{"LXDOCKER_LOG_SIZE=20k"}
	c := run(t, i)
	c.waitFor("the first line", func() bool { return strings.Contains(c.console.String(), "line 1\n") })
	cmd := inside(c, "/lxd-logs", "-f")
	var out console
	r, w, err := os.Pipe()
	must(t, err)
	cmd.Stdout = w
	must(t, cmd.Start())
	w.Close()
	ended := out.follow(t, r)
	c.waitFor("the last line", func() bool { return strings.Contains(out.String(), "line 500\n") })
	cmd.Process.Kill()
	cmd.Wait()
	c.waitForLine("ready")
	c.signal(sigPwr)
	c.wait() // and with it all that nsenter has started
	<-ended
	var want strings.Builder
	for n := 1; n <= 500; n++ {
		fmt.Fprintf(&want, "line %d\n", n)
	}
	if got := out.String(); !strings.HasPrefix(got, want.String()) {
		t.Errorf("%q", got)
	}
}
