//go:build e2e

package guest

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// application is what the tests know of a program in an image.
type application struct {
	image   string
	spec    string             // more lines of its spec
	answers func(c *container) // waits until it does
	ends    []string           // what it says when it ended as it wants to
	regrets []string           // what it says at the next start when it had not
}

// TestApplicationsEndCleanly: each is asked in its own way, has the time it
// needs, and finds what it left when it starts again.
func TestApplicationsEndCleanly(t *testing.T) {
	var rows []behaviour
	for _, a := range []application{
		{"nginx", "", serves("80", "nginx, first edition\n"), []string{"signal 3 (SIGQUIT) received", "gracefully shutting down", "ended: exit 0"}, nil},
		{"nginx-unprivileged", "", func(c *container) {
			c.serves("8080", "/", "nginx, first edition\n")
			c.says(`"GET / HTTP/1.1" 200`) // access.log is a link to /dev/stdout
		}, []string{"signal 3 (SIGQUIT) received", "gracefully shutting down", "ended: exit 0"}, nil},
		{"postgres", "", func(c *container) {
			c.answers("1\n", "/usr/lib/postgresql/15/bin/psql", "-U", "postgres", "-h", "127.0.0.1", "-Atc", "SELECT 1")
		}, []string{"received fast shutdown request", "database system is shut down", "ended: exit 0"},
			[]string{"not properly shut down", "recovery", "initialising"}},
		{"redis", "", func(c *container) { c.answers("PONG\n", "redis-cli", "ping") },
			[]string{"Saving the final RDB snapshot before exiting", "bye bye", "ended: exit 0"}, nil},
		{"mariadb", "", func(c *container) { c.answers("1\n", "mariadb", "--batch", "--skip-column-names", "-e", "SELECT 1") },
			[]string{"mariadbd: Shutdown complete", "ended: exit 0"}, []string{"crash recovery", "initialising", "not properly closed"}},
		{"haproxy", "cmd: [haproxy, -S, \":9999\", -f, /usr/local/etc/haproxy/haproxy.cfg]\n", masterIsReady, []string{"Proxy web stopped", "ended: exit 0"}, nil},
		{"apache", "", func(c *container) { c.serves("80", "/index.html", "apache\n") }, []string{"caught SIGWINCH, shutting down gracefully", "ended: exit 0"}, nil},
		{"memcached", "", memcached, []string{"ended: exit 0"}, nil},
		{"node", "", func(c *container) { c.pageHolds("/", `"uid":1000,"gid":1000,"home":"/home/node","cwd":"/srv/app"`) },
			[]string{"node: stopping", "node: closed cleanly", "ended: exit 0"}, nil},
		{"python-tini", "", func(c *container) { c.pageHolds("/", "python ") }, []string{"python: closed cleanly", "tini ended: exit 0"}, nil},
		{"dumb-init", "", func(c *container) { c.status() }, []string{"goserver: closed cleanly", "serve: the server ended with 0", "dumb-init ended: exit 0"}, nil},
		{"caps", "", holdsItsCapability, []string{"goserver: closed cleanly", "ended: exit 0"}, nil},
		{"goserver", "", func(c *container) { c.status() }, []string{"goserver: closed cleanly", "ended: exit 0"}, nil},
		{"layered", "", hasMergedLayers, []string{"goserver: closed cleanly", "ended: exit 0"}, nil},
		{"lsio", "", hasHostileEnvironment, []string{"goserver: closed cleanly", "ended: exit 0"}, nil},
		{"musl", "", func(c *container) { c.serves("8080", "/", "guest 405 100 18 100\n") }, []string{"serve: closed cleanly", "ended: exit 0"}, nil},
		{"busybox", "", func(c *container) { c.pageHolds("/", "busybox ") }, []string{"sh ended: killed by signal 15 after"}, nil},
	} {
		rows = append(rows, behaviour{a.image, a.image, a.spec, nil, func(c *container) {
			a.answers(c)
			c.t.Logf("it took %v to stop", c.stop(30*time.Second).Round(time.Millisecond))
			c.says(a.ends...)
			c.forget()
			c.start()
			a.answers(c)
			for _, regret := range a.regrets {
				c.silent(regret)
			}
		}})
	}
	show(t, rows...)
}

func serves(port, page string) func(c *container) {
	return func(c *container) { c.serves(port, "/", page) }
}

// masterIsReady: a worker of haproxy serves before the master passes signals on
// to it. A SIGUSR1 between these is lost, in haproxy itself: 19 of 20 that were
// sent with the first answer, without any container; none of 100 after this.
func masterIsReady(c *container) {
	c.serves("8080", "/", "haproxy\n")
	c.replies("9999", "show proc", " master ")
}

// memcached was told how much memory it has by a file that only one of its
// user's groups may read.
func memcached(c *container) {
	c.replies("11211", "stats settings\r", fmt.Sprintf("STAT maxbytes %d", 17<<20))
}

// replies waits until what listens on port answers a line with one that holds want.
func (c *container) replies(port, ask, want string) {
	c.t.Helper()
	c.until(func() error {
		conn, err := net.DialTimeout("tcp", net.JoinHostPort(c.address(), port), 5*time.Second)
		if err != nil {
			return err
		}
		defer conn.Close()
		if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
			return err
		}
		fmt.Fprintln(conn, ask)
		said := bufio.NewScanner(conn)
		for said.Scan() {
			if strings.Contains(said.Text(), want) {
				return nil
			}
		}
		return fmt.Errorf("%q gets no %q: %w", ask, want, cmp.Or(said.Err(), io.EOF))
	})
}

// hasMergedLayers compares with what the steps of layered.Dockerfile leave when
// they are done one after the other on a disk.
func hasMergedLayers(c *container) {
	c.status()
	c.finds("cd /srv/t; find . ! -type d | sort | xargs stat -c '%a %h %u:%g %N'; find . -type d | sort | xargs stat -c '%a %n'", `777 1 0:0 './absolute' -> '/etc'
644 1 0:0 ./again/new
644 1 0:0 ./becomes-dir/inside
644 1 0:0 ./becomes-file
777 1 0:0 './dirlink' -> 'kept'
644 2 0:0 ./double
644 1 7:8 ./kept/file
644 1 0:0 ./kept/through
644 2 0:0 ./link1
644 1 0:0 ./link2
644 2 0:0 ./link3
644 2 0:0 ./single
644 1 0:0 ./survivor
755 .
755 ./again
755 ./becomes-dir
2775 ./kept
`)
	c.finds("cd /srv/t; cat again/new becomes-dir/inside becomes-file double kept/through link1 link2 link3 survivor",
		"new\ninside\nnow-a-file\nsingle\nthrough\nshared\nreplaced\nshared\ncarrier\n")
	c.finds("readlink /sbin; stat -c %a /usr/sbin/added; [ -e /bin/uncompress ] || echo gone", "usr/sbin\n4755\ngone\n")
}

// holdsItsCapability: without it, an ordinary user could listen on port 80 just
// as well in these containers.
func holdsItsCapability(c *container) {
	c.t.Helper()
	if s := c.statusAt("80"); s.UID == 0 || s.Capabilities != "0000000000000400" {
		c.t.Errorf("it is %d with the capabilities %s", s.UID, s.Capabilities)
	}
}

// hasHostileEnvironment compares with lsio.Dockerfile.
func hasHostileEnvironment(c *container) {
	decidesOnNothing(c, 65534, "/data")
	env := c.status().Env
	for name, want := range map[string]string{
		"PS1": `$(whoami)@$(hostname):$(pwd)\$ `, "IFS": "x", "ENV": "/data/pwned.sh", "RANDOM": "4", "PWD": "/nowhere", "HOME": "/data",
		"some.name": "dot", "other-name": "dash", "1st": "digit", "TERM": "xterm-256color",
		"LXDOCKER_USER": "4711:4712", "LXDOCKER_RESTART": "always", "UDHCPC_NO_DNS": "1",
		"lines": "one\ntwo$(touch /data/pwned)\n", "backquotes": "`touch /data/pwned`", "quotes": `'"'`,
	} {
		if got, ok := variable(env, name); !ok || got != want {
			c.t.Errorf("%s is %q (%t), not %q", name, got, ok, want)
		}
	}
	c.finds("ls /data", "")
}

// decidesOnNothing is about an image whose environment has names of settings.
func decidesOnNothing(c *container, uid int, dir string) {
	c.t.Helper()
	if s := c.status(); s.UID != uid || s.WorkDir != dir || slices.Contains(s.Args, "pwned") {
		c.t.Errorf("it runs as %d in %s, with %q", s.UID, s.WorkDir, s.Args)
	}
	c.unchecked()
	c.says("in the image's own environment these are no settings, but data: LXDOCKER_USER")
	c.finds("cat /proc/1/comm; ip route | grep -q ^default && grep -q ^nameserver /etc/resolv.conf && echo online; ls /data", "init\nonline\n")
}

// TestAnImageDecidesOnNothingByItsEnvironment: the instance comes first, then the spec.
func TestAnImageDecidesOnNothingByItsEnvironment(t *testing.T) {
	show(t,
		behaviour{"with a spec", "lsio", "user: 1234\nworkdir: /srv\n", nil, func(c *container) { decidesOnNothing(c, 1234, "/srv") }},
		behaviour{"with an instance", "lsio", "user: 1234\n", config("environment.LXDOCKER_USER=2345", "environment.LXDOCKER_WORKDIR=/srv"), func(c *container) { decidesOnNothing(c, 2345, "/srv") }},
		behaviour{"with the environment of a spec", "goserver", "env: {LXDOCKER_USER: 1234, LXDOCKER_WORKDIR: /srv}\n", config("environment.LXDOCKER_USER=2345"), func(c *container) {
			if s := c.status(); s.UID != 2345 || s.WorkDir != "/srv" {
				c.t.Errorf("it runs as %d in %s", s.UID, s.WorkDir)
			}
		}},
	)
}

// TestAnInitInTheImage: tini and dumb-init are the application's business. They
// are supervised as any other program, and what they leave is reaped.
func TestAnInitInTheImage(t *testing.T) {
	show(t, behaviour{"tini", "python-tini", "", nil, func(c *container) {
		for range 10 {
			c.pageHolds("/", "python ") // and leaves an orphan each time
		}
		c.finds("cat /proc/1/comm", "init\n")
		noZombies(c)
		if c.said("[WARN") > 0 {
			c.t.Error("tini complains")
		}
	}}, behaviour{"dumb-init", "python-tini", "entrypoint: [dumb-init, --]\ncmd: [python3, server.py]\n", nil, func(c *container) {
		for range 10 {
			c.pageHolds("/", "python ")
		}
		noZombies(c)
		c.stop(30 * time.Second)
		c.says("python: closed cleanly", "dumb-init ended: exit 0")
	}})
}
