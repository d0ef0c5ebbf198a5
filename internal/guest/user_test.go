package guest

import (
	"strings"
	"testing"

	"lxdocker/internal/rootfs"
)

const passwdOfTests = `root:x:0:0:root:/root:/bin/bash
# a comment
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
app:x:1000:1001:An App,,,:/home/app:/bin/sh
toor:x:0:7:second root:/toor:/bin/sh
homeless:x:1002:1002:::/bin/sh
short:x:1003:1003
padded:x:0100:0100::/padded:/bin/sh
broken:x:abc:1::/:/bin/sh
a.b-c:x:1004:1004:dots: /odd home :/bin/sh
ünï:x:1005:1005::/u:/bin/sh
last:x:1006:1006::/last:/bin/sh`

const groupOfTests = `root:x:0:
daemon:x:1:
staff:x:50:app,other
audio:x:29:other,app
apps:x:1001:app
solo:x:60:application
wheel:x:10:root,toor
shorts:x:61:short
dots:x:62:a.b-c
number:x:70:1000
end:x:63:last`

// usersOfTests puts /etc/passwd and /etc/group into a tree.
func usersOfTests(t *testing.T) func(*rootfs.Tree) {
	return func(tree *rootfs.Tree) {
		must(t, tree.Put("etc/passwd", text(passwdOfTests)))
		must(t, tree.Put("etc/group", text(groupOfTests)))
		must(t, tree.Put("root", dir(0o700)))
	}
}

// The table is what github.com/moby/sys/user makes of the same files.
func TestUsersAreLookedUpAsInDocker(t *testing.T) {
	t.Parallel()
	tests := []struct {
		user     string
		uid, gid string
		groups   string // supplementary ones, with the user's own, as since Docker 20.10.18
		home     string
	}{
		{"", "0", "0", "0 10", "/root"},
		{"root", "0", "0", "0 10", "/root"},
		{"0", "0", "0", "0 10", "/root"},
		{"root:root", "0", "0", "0", "/root"},
		{"app", "1000", "1001", "29 50 1001", "/home/app"},
		{"1000", "1000", "1001", "29 50 1001", "/home/app"},
		{"001000", "1000", "1001", "29 50 1001", "/home/app"},
		{"app:", "1000", "1001", "29 50 1001", "/home/app"},
		{"app:staff", "1000", "50", "50", "/home/app"},
		{"app:50", "1000", "50", "50", "/home/app"},
		{"app:0", "1000", "0", "0", "/home/app"},
		{"1000:0", "1000", "0", "0", "/home/app"},
		{"app:4711", "1000", "4711", "4711", "/home/app"},
		{"4711", "4711", "0", "0", "/"},
		{"4711:staff", "4711", "50", "50", "/"},
		{"4711:815", "4711", "815", "815", "/"},
		{"65534:65534", "65534", "65534", "65534", "/"},
		{":staff", "0", "50", "50", "/root"},
		{":50", "0", "50", "50", "/root"},
		{"toor", "0", "7", "7 10", "/toor"},
		{"daemon", "1", "1", "1", "/usr/sbin"},
		{"homeless", "1002", "1002", "1002", "/"},
		{"padded", "100", "100", "100", "/padded"},
		{"100", "100", "100", "100", "/padded"},
		{"a.b-c", "1004", "1004", "62 1004", " /odd home "},
		{"ünï", "1005", "1005", "1005", "/u"},
		{"last", "1006", "1006", "63 1006", "/last"},
		{"2147483647:2147483647", "2147483647", "2147483647", "2147483647", "/"},
		{"app:staff:more", "1000", "50", "50", "/home/app"},
	}
	for _, test := range tests {
		t.Run(test.user, func(t *testing.T) {
			t.Parallel()
			checkUser(t, image{Process: Process{User: test.user}, edit: usersOfTests(t)}, test.uid, test.gid, test.groups, test.home)
		})
	}
}

func TestUsersWithoutPasswd(t *testing.T) {
	t.Parallel()
	for user, want := range map[string][2]string{"": {"0", "0"}, "0": {"0", "0"}, "1000": {"1000", "0"}, "1000:7": {"1000", "7"}, "65534:65534": {"65534", "65534"}} {
		t.Run(user, func(t *testing.T) {
			t.Parallel()
			checkUser(t, image{Process: Process{User: user}}, want[0], want[1], want[1], "/")
		})
	}
}

func TestUsersOfAPasswdBehindASymlink(t *testing.T) {
	t.Parallel()
	checkUser(t, image{Process: Process{User: "app"}, edit: func(tree *rootfs.Tree) {
		must(t, tree.Put("usr/lib/passwd", text(passwdOfTests)))
		must(t, tree.Put("etc/passwd", link("/usr/lib/passwd")))
	}}, "1000", "1001", "1001", "/home/app")
}

func TestThePrelaunchScriptMayAddTheUser(t *testing.T) {
	t.Parallel()
	checkUser(t, image{Process: Process{User: "late"}, editInstalled: func(tree *rootfs.Tree) {
		must(t, tree.Put("lxd-prelaunch", text("echo late:x:5:6::/late: >/etc/passwd")))
	}}, "5", "6", "6", "/late")
}

func TestAnUnknownUserIsOneSentence(t *testing.T) {
	t.Parallel()
	for user, want := range map[string]string{
		"nobody":       "cannot start as user 'nobody': /etc/passwd has no such name",
		"broken":       "cannot start as user 'broken': /etc/passwd has no such name",
		"-1":           "cannot start as user '-1': /etc/passwd has no such name",
		"$(id)":        "cannot start as user '$(id)': /etc/passwd has no such name",
		"app:nogroup":  "cannot start with group 'nogroup': /etc/group has no such name",
		"2147483648":   "cannot start as user or group 2147483648: the largest is 2147483647",
		"1:9999999999": "cannot start as user or group 9999999999: the largest is 2147483647",
	} {
		t.Run(user, func(t *testing.T) {
			t.Parallel()
			c := run(t, image{Process: Process{User: user}, conf: "exit 0", edit: usersOfTests(t)})
			if code := c.wait(); code != 126 {
				t.Errorf("exit status %d, not 126", code)
			}
			if got := ours(c); len(got) != 1 || got[0] != want {
				t.Errorf("the console says %q, not %q", got, want)
			}
		})
	}
}

// checkUser runs the image with and without supervision.
func checkUser(t *testing.T, i image, uid, gid, groups, home string) {
	t.Helper()
	i.conf = "exit 0"
	for _, i.Supervise = range []Supervision{Always, Never} {
		c := run(t, i)
		if code := c.wait(); code != 0 {
			t.Errorf("exit status %d", code)
		}
		if got, want := c.firstField("ids"), strings.Join([]string{uid, uid, gid, gid}, " "); got != want {
			t.Errorf("real and effective user and group %s, not %s", got, want)
		}
		if got := strings.Join(c.fields("group"), " "); got != groups {
			t.Errorf("supplementary groups %q, not %q", got, groups)
		}
		if got := c.environ()["HOME"]; got != home {
			t.Errorf("HOME %q, not %q", got, home)
		}
		if got := strings.Join(c.fields("reopened"), " "); got != "yes" {
			t.Errorf("/dev/stdout could be opened again: %s", got)
		}
	}
}
