//go:build e2e

package guest

import (
	"slices"
	"strings"
	"testing"
)

func TestUser(t *testing.T) {
	// The root group and user are listed, as everywhere.
	files := `files:
  /etc/passwd: |
    root:x:0:0::/root:/bin/sh
    web:x:1500:1600::/srv:/bin/sh
  /etc/group: |
    root:x:0:
    web:x:1600:
    logs:x:1700:other,web
    tape:x:1800:web
    none:x:1900:webmaster
`
	runsAs := func(uid, gid int, groups ...int) func(c *container) {
		if len(groups) == 0 {
			groups = []int{gid} // as Docker does since 20.10.18
		}
		return func(c *container) {
			s := c.status()
			slices.Sort(s.Groups)
			if s.UID != uid || s.GID != gid || !slices.Equal(s.Groups, groups) {
				c.t.Errorf("it runs as %d:%d with the groups %d, not as %d:%d with %d", s.UID, s.GID, s.Groups, uid, gid, groups)
			}
		}
	}
	show(t,
		goserver("root", "user: 0\n"+files, nil, runsAs(0, 0)),
		goserver("a number", "user: 4711\n"+files, nil, runsAs(4711, 0)),
		goserver("a number with a group", "user: '4711:0'\n"+files, nil, runsAs(4711, 0)),
		goserver("a number that is listed", "user: 1500\n"+files, nil, runsAs(1500, 1600, 1600, 1700, 1800)),
		goserver("a name with its groups", "user: web\n"+files, nil, runsAs(1500, 1600, 1600, 1700, 1800)),
		goserver("a name with a group by name", "user: 'web:tape'\n"+files, nil, runsAs(1500, 1800)),
		goserver("a group only", "user: ':logs'\n"+files, nil, runsAs(0, 1700)),
		goserver("a group only, by the instance", files, config("environment.LXDOCKER_USER=:logs"), runsAs(0, 1700)),
		goserver("numbers without /etc/passwd", "user: '4711:4712'\n", nil, runsAs(4711, 4712)),
	)
}

func TestWhatAnOrdinaryUserMay(t *testing.T) {
	show(t,
		goserver("listen on port 80", "user: 4711\nenv: {PORT: 80}\n", nil, func(c *container) {
			if s := c.statusAt("80"); s.UID != 4711 || s.Capabilities != "0000000000000000" {
				c.t.Errorf("it is %d with the capabilities %s", s.UID, s.Capabilities)
			}
		}),
		shell("open its output anew", "echo it is >/dev/stdout; echo an error >/dev/stderr; echo by number >/proc/self/fd/1; echo a link >/log",
			"user: 4711\nrestart: no\nfiles: {/log: {symlink: /dev/stdout}}\n", func(c *container) {
				c.says("it is", "an error", "by number", "a link")
			}),
		behaviour{"ping", "python-tini", "user: 4711\nentrypoint: " + yaml([]string{"python3", "-c", ping}) + "\n", nil, func(c *container) {
			c.says("127.0.0.1 answers", "::1 answers")
		}},
		shell("write to /tmp and /dev/shm", "echo x >/tmp/x && echo x >/dev/shm/x && echo written", "user: 4711\n", func(c *container) { c.says("written") }),
	)
}

// What `lxc exec` gives a terminal to has it alone; what a shell of root's starts must not
// have root's.
func TestWhoseTerminalAUserHas(t *testing.T) {
	files := `user: 4711
files:
  /inside.sh: |
    /busybox-lxd tty
    /busybox-lxd id -u
    /busybox-lxd cut -d ' ' -f 4 /proc/$$/stat
    echo shown
    read -r _
  /root.sh: |
    /busybox-lxd tty
    /lxd-enter /busybox-lxd sh /inside.sh
    echo $?
    echo shown
    read -r _
`
	// LXD 5.0.2 loses what was printed last when a program on a terminal ends, of any
	// program. So these end when what they print has arrived.
	onTerminal := func(c *container, command string) (words []string) {
		out, err := c.Daemon.Type(c.t.Context(), "coproc lxc exec "+c.Name+" -t -- "+command+`
exec 8<&"${COPROC[0]}" 9>&"${COPROC[1]}"
while read -r line <&8; do
	echo "$line"
	case $line in shown*) echo >&9 ;; esac
done`)
		if err != nil {
			c.t.Fatal(err)
		}
		for _, word := range strings.Fields(out) {
			if word != "shown" {
				words = append(words, word)
			}
		}
		return words
	}
	show(t, shell("on its own terminal", "echo it runs; exec /busybox-lxd sleep 100000", files, func(c *container) {
		c.says("it runs")
		if got := onTerminal(c, "/lxd-enter /busybox-lxd sh /inside.sh"); len(got) < 3 || got[len(got)-2] != "4711" || got[len(got)-1] != "0" {
			c.t.Errorf("by lxc exec, terminal, user and parent are %q", got)
		}
		got := onTerminal(c, "/busybox-lxd sh /root.sh")
		if len(got) != 5 || got[0] == got[1] || !strings.HasPrefix(got[1], "/dev/pts/") || got[2] != "4711" || got[3] == "0" || got[4] != "0" {
			c.t.Errorf("in root's shell, root's terminal and the program's, its user and parent, and the exit status are %q", got)
		}
	}))
}

// ping sends one echo request by each protocol, as a user may without privilege.
const ping = `
import socket
for family, protocol, kind, to in (socket.AF_INET, socket.IPPROTO_ICMP, 8, "127.0.0.1"), (socket.AF_INET6, socket.IPPROTO_ICMPV6, 128, "::1"):
    s = socket.socket(family, socket.SOCK_DGRAM, protocol)
    s.settimeout(10)
    s.sendto(bytes([kind]) + bytes(7), (to, 0))
    s.recv(100)
    print(to, "answers")
`
