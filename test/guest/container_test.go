//go:build e2e

package guest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lxdocker/test/testbed"
)

// container is an instance in a test. What its methods cannot do fails the test.
type container struct {
	*testbed.Instance
	t *testing.T

	heard      string     // from the console
	read       string     // the last part of that
	volume     string     // a disk of its own, if it has one
	port       string     // of the host, if it has one
	peer       *container // at the other end of its tunnel, if it has one
	typed      string     // what was printed when it was made by hand
	consoleErr string     // why the console could not be read the last time
}

var launched atomic.Int32

// launch starts a container that goes away with the test.
func launch(t *testing.T, d testbed.Daemon, image, spec string, options ...string) *container {
	t.Helper()
	alias, err := offer(d, image, spec)
	if err != nil {
		t.Fatal(err)
	}
	return launchAlias(t, d, alias, options...)
}

func launchAlias(t *testing.T, d testbed.Daemon, alias string, options ...string) *container {
	t.Helper()
	return create(t, d, "launch", alias, options...)
}

// initialize makes a container without starting it.
func initialize(t *testing.T, d testbed.Daemon, image, spec string, options ...string) *container {
	t.Helper()
	alias, err := offer(d, image, spec)
	if err != nil {
		t.Fatal(err)
	}
	return create(t, d, "init", alias, options...)
}

func create(t *testing.T, d testbed.Daemon, how, alias string, options ...string) *container {
	t.Helper()
	c := newContainer(t, d, fmt.Sprintf("guest-%d", launched.Add(1)))
	if _, err := d.Run(t.Context(), append([]string{how, alias, c.Name}, options...)...); err != nil {
		t.Fatal(err)
	}
	return c
}

// newContainer is one that somebody is going to make.
func newContainer(t *testing.T, d testbed.Daemon, name string) *container {
	c := &container{Instance: &testbed.Instance{Daemon: d, Name: name}, t: t}
	t.Cleanup(c.clean)
	return c
}

func (c *container) clean() {
	// The test's own context has ended by now.
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if c.t.Failed() {
		c.t.Logf("the console of %s on %s:\n%s%s", c.Name, c.Daemon.Name, c.heard, c.ConsoleNow(ctx))
		c.t.Log(c.consoleErr)
	}
	// Of one that is just stopping by itself the daemons say many things, and a
	// client that comes in just then may wait for ever. What counts is that it goes.
	for {
		err := c.delete(ctx)
		if err == nil || strings.Contains(err.Error(), "not found") {
			break
		}
		if ctx.Err() != nil {
			c.t.Error(err)
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	if c.volume != "" {
		if _, err := c.Run(ctx, "storage", "volume", "delete", "default", c.volume); err != nil {
			c.t.Error(err)
		}
	}
}

func (c *container) delete(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	return c.Delete(ctx)
}

// Run and Exec are those of the instance, with a limit: a client may wait for
// ever for what has ended.
func (c *container) Run(ctx context.Context, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return c.Instance.Run(ctx, args...)
}

func (c *container) Exec(ctx context.Context, argv ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return c.Instance.Exec(ctx, argv...)
}

// must runs the daemon's client.
func (c *container) must(args ...string) string {
	c.t.Helper()
	var out string
	c.until(func() (err error) {
		out, err = c.Run(c.t.Context(), args...)
		// One that has just stopped by itself is being stopped for a moment still.
		if err != nil && !strings.Contains(err.Error(), "is busy") && !strings.Contains(err.Error(), "ETag doesn't match") {
			c.t.Fatal(err)
		}
		return err
	})
	return out
}

// exec runs a program in the container.
func (c *container) exec(argv ...string) string {
	c.t.Helper()
	out, err := c.Exec(c.t.Context(), argv...)
	if err != nil {
		c.t.Fatal(err)
	}
	return out
}

// sh runs a script there, with our busybox.
func (c *container) sh(script string) string {
	c.t.Helper()
	return c.exec("/busybox-lxd", "sh", "-c", script)
}

// finds compares what a script prints.
func (c *container) finds(script, want string) {
	c.t.Helper()
	if got := c.sh(script); got != want {
		c.t.Errorf("%s prints %q, not %q", script, got, want)
	}
}

// until waits for a condition; what is said of it last when it does not come.
func (c *container) until(condition func() error) {
	c.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		err := condition()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("not within %v: %v", patience, err)
		}
	}
}

// console returns what the container has said, as far as it could be read: a
// daemon that is about to stop an instance has no console for a moment.
func (c *container) console() string {
	out, err := c.Run(c.t.Context(), "console", c.Name, "--show-log")
	if err != nil {
		c.consoleErr = err.Error()
		return c.heard
	}
	// Of a stopped instance it is the same each time.
	if out != c.read {
		c.read = out
		c.heard += strings.ReplaceAll(out, "\r\n", "\n")
	}
	return c.heard
}

// forget drops what the console has said until now.
func (c *container) forget() {
	c.console()
	c.heard, c.read = "", ""
}

// says waits until the texts stand on the console.
func (c *container) says(texts ...string) {
	c.t.Helper()
	for _, text := range texts {
		c.until(func() error {
			if strings.Contains(c.console(), text) {
				return nil
			}
			return fmt.Errorf("the console does not say %q", text)
		})
	}
}

// said counts the lines with this text on the console of a running container.
func (c *container) said(text string) int { return count(c.console(), text) }

// left counts the lines with this text that a stopped container has left. What
// was read before it stopped may be among them or not.
func (c *container) left(text string) (n int) {
	c.t.Helper()
	c.until(func() error {
		out, err := c.Run(c.t.Context(), "console", c.Name, "--show-log")
		c.heard += out
		n = count(out, text)
		return err
	})
	return n
}

func count(console, text string) (n int) {
	for line := range strings.Lines(console) {
		if strings.Contains(line, text) {
			n++
		}
	}
	return n
}

// silent fails if the text stands on the console.
func (c *container) silent(text string) {
	c.t.Helper()
	if c.said(text) > 0 {
		c.t.Errorf("the console says %q", text)
	}
}

// stop stops it as a user does, and says how long that took.
func (c *container) stop(within time.Duration) time.Duration {
	c.t.Helper()
	took, err := c.Stop(c.t.Context(), within)
	if err != nil {
		c.t.Fatal(err)
	}
	return took
}

func (c *container) start() {
	c.t.Helper()
	c.must("start", c.Name)
}

// query asks the daemon's API about the instance.
func (c *container) query(path string, into any) error {
	out, err := c.Run(c.t.Context(), "query", "/1.0/instances/"+c.Name+path)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(out), into)
}

// ends waits until the instance has stopped by itself.
func (c *container) ends() {
	c.t.Helper()
	c.until(func() error {
		var instance struct{ Status string }
		// Incus has no answer while an instance is just ending.
		if err := c.query("", &instance); err != nil {
			return err
		}
		return differ(instance.Status, "Stopped")
	})
}

// reads waits until a JSON file in the container is as wanted.
func (c *container) reads(file string, into any, wanted func() bool) {
	c.t.Helper()
	c.until(func() error {
		out, err := c.Exec(c.t.Context(), "/busybox-lxd", "cat", file)
		if err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(out), into); err != nil {
			return fmt.Errorf("%s: %w: %q", file, err, out)
		}
		if !wanted() {
			return fmt.Errorf("%s is %s", file, out)
		}
		return nil
	})
}
