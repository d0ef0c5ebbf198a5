//go:build e2e

package guest

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"strings"

	"lxdocker/test/testbed"
)

// status waits until the program goserver answers, and returns what it says.
func (c *container) status() testbed.Status {
	c.t.Helper()
	return c.statusAt("8080")
}

func (c *container) statusAt(port string) (s testbed.Status) {
	c.t.Helper()
	c.until(func() error {
		address := c.address()
		var err error
		s, err = testbed.Goserver(net.JoinHostPort(address, port)).Status(c.t.Context())
		return err
	})
	return s
}

// serves waits until a page of its web server is there.
func (c *container) serves(port, path, want string) {
	c.t.Helper()
	c.until(func() error {
		address := c.address()
		return testbed.ExpectPage(c.t.Context(), net.JoinHostPort(address, port), path, want)
	})
}

// variable returns the last value of a name in an environment.
func variable(env []string, name string) (value string, ok bool) {
	for _, entry := range env {
		if n, v, _ := strings.Cut(entry, "="); n == name {
			value, ok = v, true
		}
	}
	return value, ok
}

func differ(got, want string) error {
	if got != want {
		return fmt.Errorf("it is %q, not %q", got, want)
	}
	return nil
}

// pageHolds waits until a page at port 8080 holds the text.
func (c *container) pageHolds(path, text string) {
	c.t.Helper()
	c.until(func() error {
		address := c.address()
		got, err := testbed.Get(c.t.Context(), "GET", net.JoinHostPort(address, "8080"), path, "")
		if err == nil && !strings.Contains(got, text) {
			err = fmt.Errorf("the page %s is %q", path, got)
		}
		return err
	})
}

// answers waits until a program in the container prints what is wanted.
func (c *container) answers(want string, argv ...string) {
	c.t.Helper()
	c.until(func() error {
		got, err := c.Exec(c.t.Context(), argv...)
		return cmp.Or(err, differ(got, want))
	})
}

// address waits until it has one.
func (c *container) address() string {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	address, err := c.Address(ctx)
	if err != nil {
		c.t.Fatal(err) // it has stopped: there is nothing to wait for
	}
	return address
}
