package guest

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
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
		"a name that does not exist":    {"1500:1501", "none,44,*", "1500 1500 1501 1501", "44 1501", []string{"LXDOCKER_GROUPS: there is no group 'none'", "LXDOCKER_GROUPS: there is no group '*'"}},
		"a number beyond all":           {"1500:1501", "44 99999999999", "1500 1500 1501 1501", "44 1501", []string{"LXDOCKER_GROUPS: there is no group '99999999999'"}},
		"nothing but a mistake in them": {"1500:1501", "none", "1500 1500 1501 1501", "1501", []string{"LXDOCKER_GROUPS: there is no group 'none'"}},
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
