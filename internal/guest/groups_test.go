package guest

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"lxdocker/internal/lifecycle"
)

// As docker run --group-add, which names no groups that are not there.
func TestAnInstanceGivesTheApplicationMoreGroups(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		user, groups string
		ids, want    string
		says         []string
	}{
		"a number":                      {"1500:1501", "44", "1500 1500 1501 1501", "44 1501", nil},
		"names and numbers":             {"1500", "audio, staff 4711", "1500 1500 0 0", "0 29 50 4711", nil},
		"beside those of /etc/group":    {"app", "4711", "1000 1000 1001 1001", "29 50 1001 4711", nil},
		"a group of the user's own":     {"app:staff", "4711", "1000 1000 50 50", "50 4711", nil},
		"root":                          {"", "4711", "0 0 0 0", "0 10 4711", nil},
		"a name that does not exist":    {"1500:1501", "none,44,*", "1500 1500 1501 1501", "44 1501", []string{"there is no group 'none', which the application is to have", "there is no group '*', which the application is to have"}},
		"a number beyond all":           {"1500:1501", "44 99999999999", "1500 1500 1501 1501", "44 1501", []string{"there is no group '99999999999', which the application is to have"}},
		"nothing but a mistake in them": {"1500:1501", "none", "1500 1500 1501 1501", "1501", []string{"there is no group 'none', which the application is to have"}},
	} {
		for _, supervised := range []bool{true, false} {
			for _, inNamespace := range []bool{true, false} {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					p := Process{User: test.user, WorkDir: "/srv/app", Supervise: supervision(supervised), Env: []string{"PWD=/x", "a.b=c"}}
					c := run(t, image{Process: p, conf: "end 15", userNamespace: inNamespace, edit: usersOfTests(t), env: []string{"LXDOCKER_GROUPS=" + test.groups}})
					c.waitForLine("ready")
					if got := c.firstField("ids"); got != test.ids {
						t.Errorf("it is %s, not %s", got, test.ids)
					}
					if got := strings.Join(c.fields("group"), " "); got != test.want {
						t.Errorf("its groups are %s, not %s", got, test.want)
					}
					if got := c.firstField("cwd"); got != "/srv/app" {
						t.Errorf("it is in %s", got)
					}
					if env := c.environ(); env["PWD"] != "/x" || env["a.b"] != "c" || env["regrouped"] != "" {
						t.Errorf("its environment is %v", env)
					}
					if got := c.fields("fd"); !slices.Equal(got, []string{"0", "1", "2"}) {
						t.Errorf("it has the files %v open", got)
					}
					if got := said(c, len(test.says)); !slices.Equal(got, test.says) {
						t.Errorf("the console says %q, not %q", got, test.says)
					}
					if got := c.file("etc/group"); got != groupOfTests {
						t.Errorf("/etc/group is %q", got)
					}
				})
			}
		}
	}
}

func TestEnteringGivesTheSameGroups(t *testing.T) {
	t.Parallel()
	c := run(t, image{Process: Process{User: "app:staff", WorkDir: "/srv/app"}, conf: "end 15", edit: usersOfTests(t), env: []string{"LXDOCKER_GROUPS=4711"}})
	c.waitForLine("ready")
	out, err := exec.Command("/bin/busybox", "nsenter", "-t", itoa(c.cmd.Process.Pid), "-m", "-p", "-r", "/busybox-lxd", "sh", "/lxd-enter", "/busybox-lxd", "sh", "-c", "id -u; id -G; pwd; cat /etc/passwd | head -n 1").CombinedOutput()
	must(t, err)
	if got := string(out); got != "1000\n50 4711\n/srv/app\nroot:x:0:0:root:/root:/bin/bash\n" {
		t.Errorf("it is %q", got)
	}
}

// A device has the number of a group that the instance's configuration says; no image
// knows it.
func TestAUserGetsTheGroupsOfTheInstancesDevices(t *testing.T) {
	t.Parallel()
	devices := [][]string{
		{"sh", "-c", `b=/busybox-lxd
device() { $b mkdir -p "${1%/*}"; $b mknod -m 660 "$1" c 1 3; $b chgrp "$2" "$1"; }
device /dev/dri/renderD128 992
device /dev/dri/card0 44
device /dev/video0 44
device /dev/kfd 993
device /dev/bus/usb/001/002 46
device "/dev/with a blank*" 60
device /dev/net/tun 61
device /dev/root 0
device /dev/host 65534
device /dev/console 5
device /dev/tty1 5
device /dev/tty 5
$b chgrp 5 /dev/null
device /dev/shm/x 62
$b ln -s bus/usb/001/002 /dev/stick
$b ln -s nowhere /dev/broken
$b touch /dev/file; $b chgrp 63 /dev/file
$b chgrp 0 /dev/null`},
	}
	for name, test := range map[string]struct {
		p    Process
		env  []string
		want string
	}{
		"a user":                      {Process{User: "1500:1501"}, nil, "44 46 60 61 992 993 1501"},
		"with those of /etc/group":    {Process{User: "app"}, nil, "29 44 46 50 60 61 992 993 1001"},
		"one is its own":              {Process{User: "1500:44"}, nil, "44 46 60 61 992 993"},
		"as PID 1":                    {Process{User: "1500:1501", Supervise: Never}, nil, "44 46 60 61 992 993 1501"},
		"beside those of a setting":   {Process{User: "1500:1501"}, []string{"LXDOCKER_GROUPS=44 4711"}, "44 46 60 61 992 993 1501 4711"},
		"beside those of the spec":    {Process{User: "1500:1501", Groups: []string{"audio", "4711"}}, nil, "29 44 46 60 61 992 993 1501 4711"},
		"a setting, against the spec": {Process{User: "1500:1501", Groups: []string{"audio"}}, []string{"LXDOCKER_GROUPS=4711"}, "44 46 60 61 992 993 1501 4711"},
		"root needs none":             {Process{}, nil, "0 10"},
		"root, with those it is told": {Process{}, []string{"LXDOCKER_GROUPS=4711"}, "0 10 4711"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := run(t, image{Process: test.p, conf: "end 15", edit: usersOfTests(t), env: test.env, containerCommands: devices})
			c.waitForLine("ready")
			if got := strings.Join(c.fields("group"), " "); got != test.want {
				t.Errorf("its groups are %s, not %s", got, test.want)
			}
			if got := said(c, 0); len(got) != 0 {
				t.Errorf("the console says %q", got)
			}
		})
	}
}

// What has been taken away counts no more at the next start.
func TestTheGroupsAreThoseOfTheDevicesAtTheStart(t *testing.T) {
	t.Parallel()
	c := run(t, image{Process: Process{User: "1500:1501", Restart: lifecycle.Restart{When: lifecycle.RestartAlways}}, conf: "end 15", containerCommands: [][]string{
		{"mknod", "/dev/video0", "c", "1", "3"}, {"chgrp", "44", "/dev/video0"}}})
	c.waitForLine("ready")
	if got := strings.Join(c.fields("group"), " "); got != "44 1501" {
		t.Errorf("its groups are %s", got)
	}
	c.asRoot(false, "rm /dev/video0; read -r app _ </run/lxdocker/app-pid; : >/out/log; kill $app")
	c.waitForLine("ready")
	if got := strings.Join(c.fields("group"), " "); got != "1501" {
		t.Errorf("its groups are %s", got)
	}
}
