//go:build e2e

package instance

import (
	"bytes"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"lxdocker/internal/daemon"
	"lxdocker/test/testbed"
)

// Whenever somebody thinks better of it, nothing is left, or all is there.
func TestARunThatIsInterruptedLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, d testbed.Daemon) {
		u, c := at(t, d), connect(t, d)
		u.gone("broken")
		args := []string{"run", "-d", "--quiet", "--name", "broken", image("goserver")}
		began := time.Now()
		u.does(args...) // the image is there from now on
		whole := time.Since(began)
		u.does("rm", "-f", "-v", "broken")
		ends := map[int]int{}
		for range *moments {
			cmd := u.command(t.Context(), args...)
			var complaints bytes.Buffer
			cmd.Stderr = &complaints
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			moment := time.Duration(rand.Int64N(int64(whole)))
			interrupt := time.AfterFunc(moment, func() { _ = cmd.Process.Signal(os.Interrupt) })
			_ = cmd.Wait()
			interrupt.Stop()
			code := cmd.ProcessState.ExitCode()
			ends[code]++
			if code == 0 {
				if i := u.instance(c, "broken"); !i.Running() {
					t.Errorf("it was made, and is %s", i.Status)
				}
				u.does("rm", "-f", "-v", "broken")
				continue
			}
			if code != 130 && code != -1 { // -1: it had not begun to listen
				t.Errorf("interrupted after %v, it ends with exit code %d: %s", moment, code, &complaints)
			}
			u.absent(c, "broken")
			if _, err := c.Volume(t.Context(), "default", "broken-data"); !daemon.NotFound(err) {
				t.Fatalf("interrupted after %v, the volume is there: %v: %s", moment, err, &complaints)
			}
		}
		t.Logf("how it ended: %v", ends)
	})
}
