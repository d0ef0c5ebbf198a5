package guest

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// What an application waits for that prints as fast as it can: 50,000 lines of 100 bytes,
// from its first instruction until all of them are on the console. `make bench` prints it.
func TestWhatTheLogCostsAtScale(t *testing.T) {
	const lines = 50_000
	for _, way := range []struct{ name, setting string }{
		{"with the log", "LXDOCKER_LOG_SIZE=10m"},
		{"without a log", "LXDOCKER_LOG_SIZE=0"},
		{"straight to the console", "LXDOCKER_TTY=yes"},
	} {
		i := printing(t, fmt.Sprintf(`
>/out/begun
yes %s | head -n %d`, strings.Repeat("x", 99), lines))
		i.env = []string{way.setting}
		c := run(t, i)
		c.waitFor("its begin", func() bool { _, err := os.Stat(c.root + "/out/begun"); return err == nil })
		began := time.Now()
		c.wait()
		took := time.Since(began)
		if n := strings.Count(c.console.String(), "xx\n"); n != lines {
			t.Errorf("%s: %d lines are on the console", way.name, n)
		}
		used := c.cmd.ProcessState.UserTime() + c.cmd.ProcessState.SystemTime()
		t.Logf("%s: %.0f lines/s, %v of processors for each", way.name, lines/took.Seconds(), (used / lines).Round(100*time.Nanosecond))
	}
}
