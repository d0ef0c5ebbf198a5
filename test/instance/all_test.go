//go:build e2e

package instance

import (
	"path/filepath"
	"strings"
	"testing"

	"lxdocker/internal/daemon"
	"lxdocker/internal/instance"
	"lxdocker/test/testbed"
)

// inProject is a connection to a project of a daemon.
func inProject(t *testing.T, d testbed.Daemon, project string) *daemon.Client {
	t.Helper()
	c, err := daemon.Connect(t.Context(), daemon.Address{Name: d.Name, Socket: filepath.Join(d.Dir, "unix.socket"), Project: project})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// goneIn removes instances of a project, and the project, when the test has ended.
func (u user) goneIn(project string, names ...string) {
	cleared(u.t, u.d, "project delete "+project)
	u.t.Cleanup(func() {
		for _, name := range names {
			for _, end := range []string{"", "-old", "-failed"} {
				u.types("rm", "-f", "-v", "--project", project, name+end)
			}
		}
	})
}

// What happens to one instance of many is nothing to the others, and those that do not run
// stay so.
func TestUpdateAllIsAboutEachInstanceByItself(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d testbed.Daemon) {
		u := at(t, d)
		u.goneIn("fleet", "fleet-a-lost", "fleet-bad", "fleet-good", "fleet-same", "fleet-still")
		typed(t, d, "project create fleet -c features.profiles=false -c features.images=false")
		c := inProject(t, d, "fleet")
		moving, failing, staying := tagFor(d, "all-moves"), tagFor(d, "all-bad"), tagFor(d, "all-same")
		for _, tag := range []string{moving, failing, staying} {
			publishes(t, tag, "goserver")
		}
		before := map[string]daemon.Instance{}
		for name, tag := range map[string]string{"fleet-a-lost": staying, "fleet-bad": failing, "fleet-good": moving, "fleet-same": staying, "fleet-still": moving} {
			u.does("run", "-d", "--project", "fleet", "--name", name, image(tag))
			if name == "fleet-a-lost" {
				typed(t, d, "config set fleet-a-lost "+instance.KeyReference+"="+image("nothing")+" --project fleet")
			}
			before[name] = u.instance(c, name)
		}
		u.does("stop", "--project", "fleet", "fleet-still")
		publishes(t, moving, "health")
		variant(t, failing, unfits["it ends at once"].configure)

		out, complaints, code := u.types("update", "--project", "fleet", "--all", "--steady", "1s")
		t.Log(out, complaints)
		if code != 3 || !strings.Contains(complaints, "updating fleet-a-lost") {
			t.Errorf("exit code %d, %s%s", code, out, complaints)
		}
		ends := func(out string, want map[string]string) {
			t.Helper()
			for name, says := range want {
				if !strings.Contains("\n"+out, "\n"+name+": "+says) {
					t.Errorf("of %s it prints %s", name, out)
				}
			}
		}
		ends(out, map[string]string{"fleet-bad": "went back", "fleet-good": "updated", "fleet-same": "unchanged", "fleet-still": "updated"})
		is := func(name string, running, newer bool) {
			t.Helper()
			i := u.instance(c, name)
			if i.Running() != running || (i.Config["volatile.uuid"] != before[name].Config["volatile.uuid"]) != newer {
				t.Errorf("%s is %s, and another instance: %v", name, i.Status, !newer)
			}
		}
		for range 2 {
			is("fleet-a-lost", true, false)
			is("fleet-bad", true, false)
			is("fleet-good", true, true)
			is("fleet-same", true, false)
			is("fleet-still", false, true)
			out, complaints, code = u.types("update", "--project", "fleet", "--all", "--steady", "1s")
		}
		if code != 3 || !strings.Contains(complaints, "updating fleet-a-lost") {
			t.Errorf("the second time: exit code %d, %s%s", code, out, complaints)
		}
		ends(out, map[string]string{"fleet-bad": "unchanged", "fleet-good": "unchanged", "fleet-same": "unchanged", "fleet-still": "unchanged"})
	})
}
