//go:build e2e

package guest

import "testing"

// state is /run/lxdocker/state.
type state struct {
	Status    string `json:"status"`
	PID       int    `json:"pid"`
	ExitCode  int    `json:"exit_code"`
	Signal    *int   `json:"signal"`
	Restarts  int    `json:"restarts"`
	StartedAt string `json:"started_at"`
	EndedAt   string `json:"ended_at"`
}

func TestRestart(t *testing.T) {
	rounds := func(n int) func(c *container) {
		return func(c *container) {
			c.t.Helper()
			c.ends()
			if got := c.left("this round"); got != n {
				c.t.Errorf("it was started %d times, not %d", got, n)
			}
		}
	}
	show(t,
		shell("no: the instance stops", "echo this round; exit 3", "", func(c *container) {
			rounds(1)(c)
			c.says("ended: exit 3 after")
		}),
		shell("on-failure ends with exit 0", "echo this round", "restart: on-failure\n", rounds(1)),
		shell("on-failure:2 gives up", "echo this round; exit 1", "restart: on-failure:2\n", func(c *container) {
			rounds(3)(c)
			c.says("started again 2 times: that is enough")
		}),
		shell("always, with a growing delay", "echo this round", "restart: always\n", func(c *container) {
			c.says("again in 0.1 s", "again in 0.2 s", "again in 0.4 s", "again in 0.8 s")
			var s state
			c.reads("/run/lxdocker/state", &s, func() bool { return s.Status == "waiting" && s.Restarts >= 4 && s.ExitCode == 0 && s.EndedAt != "" })
		}),
		shell("a signal is a failure, and named", "kill -KILL $$", "restart: on-failure\n", func(c *container) {
			c.says("killed by signal 9 after", "again in 0.8 s")
			var s state
			c.reads("/run/lxdocker/state", &s, func() bool { return s.Status == "waiting" && s.Signal != nil && *s.Signal == 9 && s.ExitCode == 137 })
		}),
		goserver("the state of one that runs", "restart: always\n", nil, func(c *container) {
			running := c.status()
			var s state
			c.reads("/run/lxdocker/state", &s, func() bool {
				return s.Status == "running" && s.PID == running.PID && s.Restarts == 0 && s.StartedAt != ""
			})
			c.sh("kill -KILL " + yaml(s.PID))
			c.reads("/run/lxdocker/state", &s, func() bool { return s.Status == "running" && s.PID != running.PID && s.Restarts == 1 })
			c.status()
		}),
		goserver("what cannot start is not tried again", "restart: always\nentrypoint: [/missing]\n", nil, func(c *container) {
			c.says("cannot start '/missing'")
			c.ends()
			c.silent("again in")
		}),
	)
}

// TestRestartOfTheInstance: LXDOCKER_RESTART wins over the image.
func TestRestartOfTheInstance(t *testing.T) {
	row := func(name, script, spec, setting string, see func(c *container)) behaviour {
		b := shell(name, script, spec, see)
		b.launch = config("environment.LXDOCKER_RESTART=" + setting)
		return b
	}
	show(t,
		row("always", "exit 0", "", "always", func(c *container) { c.says("again in 0.4 s") }),
		row("no", "echo this round; exit 1", "restart: always\n", "no", func(c *container) {
			c.ends()
			c.silent("again in")
		}),
		row("on-failure:1", "exit 1", "", "on-failure:1", func(c *container) {
			c.says("started again 1 times: that is enough")
			c.ends()
		}),
		row("a word that does not exist", "exit 1", "restart: on-failure:1\n", "unless-stopped", func(c *container) {
			c.says("LXDOCKER_RESTART: 'unless-stopped' is not no, always, on-failure or on-failure:N: the image's own is taken", "again in 0.1 s")
			c.ends()
		}),
	)
}
