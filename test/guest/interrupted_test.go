//go:build e2e

package guest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"lxdocker/test/testbed"
)

// TestAStopThatLXDGivesUpGoesOn: up to LXD 5.0.2, liblxc waits for the end of PID 1 in
// poll, and takes an interrupted poll for a failure (do_lxcapi_shutdown). What interrupts
// it is the SIGCHLD of a child that the waiting thread has started earlier, such as that
// of an `lxc exec` that ends now: then `lxc stop` says "shutting down the container
// failed" while the application is on its way down. It ends all the same, and nothing is
// lost by a second `lxc stop`. LXD 5.0.3, and Incus, have liblxc send the signal only.
func TestAStopThatLXDGivesUpGoesOn(t *testing.T) {
	each(t, func(t *testing.T, d testbed.Daemon) {
		if d.Name != "LXD" {
			return // Incus does not wait in poll
		}
		c := launch(t, d, "goserver", "env: {CLOSING: 4s}\n")
		c.status()
		stopped := make(chan error, 1)
		go func() {
			_, err := c.Run(t.Context(), "stop", c.Name, "--timeout", "47")
			stopped <- err
		}()
		interrupt(t, d, 47*time.Second)
		const gaveUp = "shutting down the container failed"
		if err := <-stopped; err == nil || !strings.Contains(err.Error(), gaveUp) {
			t.Errorf("lxc stop says %v, not %q", err, gaveUp)
		}
		if _, err := c.Run(t.Context(), "stop", c.Name); err != nil {
			t.Errorf("the second lxc stop says %v", err)
		}
		c.ends()
		c.says("closed cleanly", "ended: exit 0")

		// A restart ends there; who wants it to run again starts it.
		c.start()
		c.status()
		go func() { stopped <- c.Restart(t.Context(), 48*time.Second) }()
		interrupt(t, d, 48*time.Second)
		if err := <-stopped; err != nil {
			t.Error(err)
		}
		c.status()
	})
}

// interrupt sends a SIGCHLD to the thread of LXD that waits in poll with this limit.
func interrupt(t *testing.T, d testbed.Daemon, limit time.Duration) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(filepath.Dir(d.Dir), "run/lxd.pid"))
	if err != nil {
		t.Fatal(err)
	}
	lxd, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	waits := fmt.Sprintf("0x1 %#x ", limit.Milliseconds()) // one descriptor, and the limit
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/syscall", lxd))
		if err != nil {
			t.Fatal(err)
		}
		for _, thread := range threads {
			call, _ := os.ReadFile(thread)
			if !strings.Contains(string(call), waits) {
				continue
			}
			id, err := strconv.Atoi(filepath.Base(filepath.Dir(thread)))
			if err = errors.Join(err, syscall.Tgkill(lxd, id, syscall.SIGCHLD)); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatal("no thread of LXD waits in poll")
}
