//go:build e2e

package guest

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// waits is a script that is ready, and does what it was told at a signal.
const waits = "; echo ready; while :; do /busybox-lxd sleep 0.1; done"

// TestStopSignals: a stop of the instance is the stop signal of the image for
// the application, and PID 1 waits for it.
func TestStopSignals(t *testing.T) {
	var rows []behaviour
	for _, s := range []struct{ spec, trap string }{
		{"SIGTERM", "TERM"}, {"SIGQUIT", "QUIT"}, {"INT", "INT"}, {"SIGUSR1", "USR1"}, {"SIGWINCH", "WINCH"}, {"12", "12"}, {"SIGRTMIN+3", "37"},
	} {
		script := fmt.Sprintf("trap 'echo got %s; /busybox-lxd sleep 0.5; echo done; exit 7' %s%s", s.trap, s.trap, waits)
		rows = append(rows, shell(s.spec, script, "stop_signal: "+s.spec+"\n", func(c *container) {
			c.says("ready")
			c.stop(patience)
			c.says("got "+s.trap, "done", "ended: exit 7")
		}))
	}
	show(t, rows...)
}

// TestWhatAsksForAStop: the signals that the daemons send. All others are for the
// application.
func TestWhatAsksForAStop(t *testing.T) {
	var rows []behaviour
	for _, signal := range []string{"PWR", "37"} {
		rows = append(rows, shell(signal, "trap 'echo got TERM; exit' TERM"+waits, "", func(c *container) {
			c.says("ready")
			c.exec("/busybox-lxd", "kill", "-"+signal, "1")
			c.ends()
			c.says("got TERM", "ended: exit 0")
		}))
	}
	rows = append(rows, shell("TERM from inside", "trap 'echo got TERM; exit' TERM"+waits, "restart: always\n", func(c *container) {
		c.says("ready")
		c.exec("/busybox-lxd", "kill", "-TERM", "1")
		c.says("got TERM", "ended: exit 0", "again in 0.1 s", "ready")
		c.stop(patience)
	}), shell("HUP from inside", "trap 'echo got HUP' HUP"+waits, "", func(c *container) {
		c.says("ready")
		c.exec("/busybox-lxd", "kill", "-HUP", "1")
		c.says("got HUP")
		c.stop(patience)
	}))
	show(t, rows...)
}

func TestStop(t *testing.T) {
	show(t,
		shell("asked twice", "asked=; trap 'echo asked; asked=$asked.' TERM; echo ready; while [ ${#asked} -lt 2 ]; do /busybox-lxd sleep 0.1; "+
			"[ -z \"$asked\" ] || { n=$((n+1)); [ $n -lt 15 ] || exit 4; }; done; exit 3", "", func(c *container) {
			c.says("ready")
			c.sh("kill -PWR 1; usleep 200000; kill -PWR 1; kill -TERM 1")
			c.ends()
			if n := c.left("asked"); n != 1 {
				c.t.Errorf("the application was asked %d times", n)
			}
		}),
		goserver("right after the start", "", nil, func(c *container) {
			for range 8 {
				c.stop(patience)
				c.start()
				c.hears()
			}
			c.silent("killing")
			c.status()
		}),
		shell("during a delay before a restart", "echo round; exit 1", "restart: always\n", func(c *container) {
			c.says("again in 6.4 s")
			c.stop(patience)
			if n := c.left("round"); n != 7 {
				c.t.Errorf("it was started %d times, not 7: the stop came after the delay", n)
			}
		}),
		shell("while the application is being restarted", "exit 1", "restart: always\n", func(c *container) {
			for range 5 {
				c.says("again in 0.1 s")
				c.stop(patience)
				c.forget()
				c.start()
			}
		}),
		shell("of one that does not hear", "trap 'echo no' TERM"+waits, "stop_timeout: 2\n", func(c *container) {
			c.says("ready")
			if took := c.stop(patience); took < 2*time.Second || took > 20*time.Second {
				c.t.Errorf("it took %v, not 2 s", took)
			}
			c.says("no", "no end 2 s after signal 15: killing", "killed by signal 9")
		}),
		shell("of one that has all the time it wants", "trap 'echo no' TERM"+waits, "stop_timeout: 0\n", func(c *container) {
			c.says("ready")
			if _, err := c.Stop(c.t.Context(), 3*time.Second); err == nil {
				c.t.Error("it has stopped")
			}
			c.silent("killing")
			c.sh("true") // it is running still
		}),
		shell("while the prelaunch script runs", "echo x >>/data/starts; echo started: $(/busybox-lxd wc -l </data/starts)", "", func(c *container) {
			c.ends()
			c.must("config", "set", c.Name, "user.lxdocker_init_script", "echo preparing; sleep 1000")
			c.start()
			c.says("preparing")
			c.stop(patience)
			c.must("config", "unset", c.Name, "user.lxdocker_init_script")
			c.start()
			c.says("started: 2") // and not a third time in between
		}),
	)
}

// hears waits until PID 1 has its handler for SIGPWR. Until the first lines of
// its script are read, the kernel drops what is sent to it.
func (c *container) hears() {
	c.t.Helper()
	c.until(func() error {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.pid()))
		if err != nil {
			return err
		}
		_, mask, _ := strings.Cut(string(status), "SigCgt:\t")
		caught, err := strconv.ParseUint(mask[:min(16, len(mask))], 16, 64)
		if err == nil && caught>>(syscall.SIGPWR-1)&1 == 0 {
			err = fmt.Errorf("PID 1 has no handler for SIGPWR")
		}
		return err
	})
}

// pid is that of PID 1, as the host knows it.
func (c *container) pid() int {
	c.t.Helper()
	var state struct{ PID int }
	c.until(func() error { return c.query("/state", &state) })
	return state.PID
}

// TestOrphans: what loses its parent becomes PID 1's child, and is reaped.
func TestOrphans(t *testing.T) {
	orphans := "for n in 1 2 3 4 5 6 7 8 9 10; do (/busybox-lxd sleep 0.$n &); done; "
	show(t,
		shell("of the application", orphans+"echo ready; read -r _ </dev/zero", "", func(c *container) {
			c.says("ready")
			noZombies(c)
		}),
		goserver("of exec", "", nil, func(c *container) {
			c.sh(orphans)
			noZombies(c)
		}),
	)
}

// noZombies fails if one of the sleepers, which end within a second, is a zombie
// for a second.
func noZombies(c *container) {
	c.t.Helper()
	const zombies = `grep -l "^State:.Z" /proc/[0-9]*/status`
	const script = `for n in 1 2 3; do zombies=$(` + zombies + `); sleep 1; [ -z "$zombies" ] || grep -l "^State:.Z" $zombies; done 2>/dev/null | wc -l`
	if zombies := c.sh(script); zombies != "0\n" {
		c.t.Fatalf("zombies: %s", zombies)
	}
	c.finds("grep -lx sleep /proc/[0-9]*/comm | wc -l", "0\n") // and there were no other sleepers
}
