//go:build e2e

package guest

import (
	"strings"
	"testing"

	"lxdocker/test/testbed"
)

// health is /run/lxdocker/health.
type health struct {
	Status        string `json:"status"`
	FailingStreak int    `json:"failing_streak"`
	ExitCode      *int   `json:"exit_code"`
	CheckedAt     string `json:"checked_at"`
	Output        string `json:"output"`
}

// becomes waits for a status of health, as a user asks for it.
func (c *container) becomes(status string) (h health) {
	c.t.Helper()
	c.reads("/run/lxdocker/health", &h, func() bool { return h.Status == status })
	return h
}

// unchecked fails if somebody looks whether it is healthy.
func (c *container) unchecked() {
	c.t.Helper()
	c.status()
	c.answers("{\"status\":\"none\"}\n", "/busybox-lxd", "cat", "/run/lxdocker/health")
}

func TestHealth(t *testing.T) {
	exists := "healthcheck: {test: [CMD, /busybox-lxd, ls, /run/fine], interval: 200ms, retries: 2}\n"
	show(t,
		goserver("changes are one line each", exists, nil, func(c *container) {
			h := c.becomes("unhealthy")
			if h.FailingStreak < 2 || h.ExitCode == nil || *h.ExitCode != 1 || h.CheckedAt == "" || !strings.Contains(h.Output, "/run/fine: No such file") {
				c.t.Errorf("it is %+v", h)
			}
			c.sh(": >/run/fine")
			if h := c.becomes("healthy"); h.FailingStreak != 0 || *h.ExitCode != 0 || h.Output != "/run/fine\n" {
				c.t.Errorf("it is %+v", h)
			}
			c.sh("rm /run/fine")
			c.becomes("unhealthy")
			c.says("health: healthy", "health: unhealthy, exit 1: ls: /run/fine: No such file")
			if fine, not := c.said("health: healthy"), c.said("health: unhealthy"); fine != 1 || not != 2 {
				c.t.Errorf("the console says healthy %d and unhealthy %d times", fine, not)
			}
		}),
		goserver("a check that takes too long has failed",
			"healthcheck: {test: [CMD, /busybox-lxd, sleep, '1000'], interval: 100ms, timeout: 300ms, retries: 1}\n", nil, func(c *container) {
				c.becomes("unhealthy")
				c.says("health: unhealthy, no answer within 0.3 s")
			}),
		goserver("failures at the start do not count",
			"healthcheck: {test: [CMD, /busybox-lxd, false], interval: 100ms, start_period: 1h, start_interval: 100ms, retries: 1}\n", nil, func(c *container) {
				var h health
				c.reads("/run/lxdocker/health", &h, func() bool { return h.ExitCode != nil })
				if h.Status != "starting" || h.FailingStreak != 0 {
					c.t.Errorf("it is %+v", h)
				}
			}),
		goserver("checks run as the application does",
			"user: 4711\nworkdir: /data\nenv: {WORD: '$(x)'}\nhealthcheck: {test: [CMD, /busybox-lxd, sh, -c, 'id -u; pwd; echo \"$WORD\"'], interval: 100ms}\n", nil,
			func(c *container) {
				if h := c.becomes("healthy"); h.Output != "4711\n/data\n$(x)\n" {
					c.t.Errorf("the check says %q", h.Output)
				}
			}),
		goserver("text is for the image's shell", "files: {/bin/sh: {symlink: /busybox-lxd}}\nhealthcheck: {test: 'true && echo \"a $PORT\"', interval: 100ms}\n", nil,
			func(c *container) {
				if h := c.becomes("healthy"); h.Output != "a 8080\n" {
					c.t.Errorf("the check says %q", h.Output)
				}
			}),
		shell("unhealthy, it is started again", "echo begun; trap 'echo asked; exit 0' TERM"+waits,
			"on_unhealthy: restart\nhealthcheck: {test: [CMD, /busybox-lxd, 'false'], interval: 100ms, retries: 2}\n", func(c *container) {
				c.says("health: unhealthy", "asked", "again in 0.1 s")
				var s state
				c.reads("/run/lxdocker/state", &s, func() bool { return s.Restarts >= 1 })
			}),
		behaviour{"the image's own check", "health", "", nil, func(c *container) {
			c.becomes("healthy")
			if _, err := testbed.Get(c.t.Context(), "PUT", c.address()+":8080", "/health?ill=no+disk", ""); err != nil {
				c.t.Fatal(err)
			}
			if h := c.becomes("unhealthy"); h.Output != "no disk\n" || h.FailingStreak < 2 {
				c.t.Errorf("it is %+v", h)
			}
			c.says("health: unhealthy, exit 1: no disk")
		}},
		behaviour{"the image's own check, for a shell", "health-shell", "", nil, func(c *container) {
			if h := c.becomes("healthy"); h.Output != "well: "+c.Name+"\n" {
				c.t.Errorf("it is %+v", h)
			}
			c.sh("echo no disk >/data/ill")
			c.becomes("unhealthy")
			c.says("health: unhealthy, exit 1: no disk")
		}},
		goserver("nobody looks unless told", "", nil, func(c *container) { c.unchecked() }),
	)
}

func TestHealthOfTheInstance(t *testing.T) {
	sh := "files: {/bin/sh: {symlink: /busybox-lxd}}\n"
	own := "healthcheck: {test: [CMD, /missing], interval: 100ms, retries: 1}\n"
	show(t,
		goserver("a command of its own", sh+own, config(`environment.LXDOCKER_HEALTH_CMD=echo "as $PORT" | cat`), func(c *container) {
			if h := c.becomes("healthy"); h.Output != "as 8080\n" {
				c.t.Errorf("the check says %q", h.Output)
			}
		}),
		goserver("none", own, config("environment.LXDOCKER_HEALTH_CMD=none"), func(c *container) { c.unchecked() }),
	)
}
