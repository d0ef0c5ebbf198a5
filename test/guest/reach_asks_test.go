//go:build e2e && reach

package guest

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lxdocker/test/testbed"
)

// asks waits until the answer of its web server holds what is wanted.
func (c *container) asks(method, port, path, body, want string) {
	c.t.Helper()
	c.until(func() error {
		got, err := testbed.Get(c.t.Context(), method, net.JoinHostPort(c.address(), port), path, body)
		if err == nil && !strings.Contains(got, want) {
			err = fmt.Errorf("%s %s is answered by %q, without %q", method, path, got, want)
		}
		return err
	})
}

// resolves asks the container's name server.
func (c *container) resolves(name, want string) {
	c.t.Helper()
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, net.JoinHostPort(c.address(), "53"))
	}}
	c.until(func() error {
		ctx, cancel := context.WithTimeout(c.t.Context(), 2*time.Second)
		defer cancel()
		got, err := resolver.LookupHost(ctx, name)
		if err != nil {
			return err
		}
		return differ(strings.Join(got, " "), want)
	})
}

// connects waits until a port takes connections.
func (c *container) connects(port string) {
	c.t.Helper()
	c.until(func() error {
		conn, err := net.DialTimeout("tcp", net.JoinHostPort(c.address(), port), time.Second)
		if err == nil {
			conn.Close()
		}
		return err
	})
}

// imap logs in, and says pairs of a command and what is in the answer to it.
func (c *container) imap(pairs ...string) {
	c.t.Helper()
	pairs = append([]string{"LOGIN reach sesame", "Logged in"}, pairs...)
	c.until(func() error {
		conn, err := net.DialTimeout("tcp", net.JoinHostPort(c.address(), "143"), time.Second)
		if err != nil {
			return err
		}
		defer conn.Close()
		if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
			return err
		}
		lines := bufio.NewReader(conn)
		for i := 0; i < len(pairs); i += 2 {
			command, want := pairs[i], pairs[i+1]
			fmt.Fprintf(conn, "a %s\r\n", command)
			answer := ""
			for !strings.HasPrefix(answer[strings.LastIndex(strings.TrimSuffix(answer, "\n"), "\n")+1:], "a ") {
				line, err := lines.ReadString('\n')
				if err != nil {
					return fmt.Errorf("%s is answered by %q: %w", command, answer, err)
				}
				answer += line
			}
			if !strings.Contains(answer, "a OK") || !strings.Contains(answer, want) {
				return fmt.Errorf("%s is answered by %q, without %q", command, answer, want)
			}
		}
		return nil
	})
}

// boots gives what waits until an init system of that name is PID 1, and its service answers.
func boots(process string) func(c *container) {
	return func(c *container) {
		c.t.Helper()
		c.status()
		c.finds("cat /proc/1/comm", process+"\n")
		c.finds("grep -c busybox-lxd /proc/1/cmdline || :", "0\n") // not ours
	}
}

// endsInOrder fails if its service was killed.
func endsInOrder(c *container) {
	c.t.Helper()
	c.says("goserver: closed cleanly")
	c.forget()
}

// tun is the device that makes tunnels.
const tun = "tun unix-char path=/dev/net/tun"

// pings makes an instance that is the other end of a tunnel, unless there is one,
// and sends a ping from there. What the other end has to know is in a file of this
// one, and goes into a file there with something added.
func (c *container) pings(image, address, from, to, added string) {
	c.t.Helper()
	if c.peer == nil {
		var known string
		c.until(func() (err error) {
			known, err = c.Exec(c.t.Context(), "cat", from)
			return err
		})
		file := filepath.Join(c.t.TempDir(), "known")
		if err := os.WriteFile(file, []byte(known+added), 0o600); err != nil {
			c.t.Fatal(err)
		}
		c.peer = initialize(c.t, c.Daemon, image, "", config("environment.REMOTE="+c.address())...)
		c.peer.must("file", "push", file, c.peer.Name+to, "--create-dirs", "--mode=0600", "--uid=0", "--gid=0")
		c.peer.add(tun)
		c.peer.start()
	}
	c.peer.answers("ok\n", "sh", "-c", "ping -c 1 -W 1 "+address+" >/dev/null && echo ok")
}

// runsInside runs a container in the container.
func (c *container) runsInside() {
	c.t.Helper()
	c.answers("inside 0\n", "docker", "run", "--rm", "small", "sh", "-c", "echo inside $(id -u)")
}

// zookeeper gives its command line a command, until something is in the answer.
func (c *container) zookeeper(command, want string) {
	c.t.Helper()
	c.answers("ok\n", "/lxd-enter", "bash", "-c", "zkCli.sh -server 127.0.0.1 "+command+" 2>&1 | grep -qE '"+want+"' && echo ok")
}
