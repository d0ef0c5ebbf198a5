//go:build e2e

package guest

import (
	"fmt"
	"strings"
	"testing"
)

// TestTheExitStatusOutlivesTheStop: the daemons know only that an instance has stopped.
func TestTheExitStatusOutlivesTheStop(t *testing.T) {
	show(t,
		shell("by itself", "exit 7", "", func(c *container) {
			c.ends()
			c.recorded("7")
		}),
		shell("after restarts", "exit 3", "restart: on-failure:2\n", func(c *container) {
			c.ends()
			c.recorded("3")
		}),
		shell("by a stop, of a user", "trap 'exit 5' TERM"+waits, "user: 1000:1000\n", func(c *container) {
			for range 2 {
				c.says("ready")
				if out, err := c.exitStatus(); err == nil {
					c.t.Errorf("while it runs, %q is recorded", out)
				}
				c.stop(patience)
				c.recorded("5")
				c.forget()
				c.start()
			}
		}),
		goserver("a program that is not there", "entrypoint: [/none]\n", nil, func(c *container) {
			c.ends()
			c.recorded("127")
		}),
		goserver("as PID 1 there is none", "disable_supervisor: true\n", nil, func(c *container) {
			c.status()
			c.must("stop", "--force", c.Name)
			if out, err := c.exitStatus(); err == nil {
				c.t.Errorf("%q is recorded", out)
			}
		}),
	)
}

// exitStatus reads what the guest has recorded, as a program does that has only the daemon's API.
func (c *container) exitStatus() (string, error) {
	return c.Run(c.t.Context(), "file", "pull", c.Name+"/.lxdocker/exit", "-")
}

func (c *container) recorded(want string) {
	c.t.Helper()
	c.until(func() error {
		out, err := c.exitStatus()
		if err == nil && !strings.HasPrefix(out, want+" 2") {
			err = fmt.Errorf("%q is recorded", out)
		}
		return err
	})
}
