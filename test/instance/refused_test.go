//go:build e2e

package instance

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"lxdocker/internal/daemon"
	"lxdocker/test/testbed"
)

func TestAnUpdateThatCannotBeginChangesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d testbed.Daemon) {
		u, c := at(t, d), connect(t, d)
		tag := tagFor(d, "cannot")
		publishes(t, tag, "goserver")
		u.gone("cannot", "cannot-new", "cannot-old", "cannot-failed")
		u.does("run", "-d", "--name", "cannot", image(tag))
		before := u.instance(c, "cannot")
		publishes(t, tag, "health")
		for name, row := range map[string]struct {
			taken string // the name of another instance
			args  []string
			says  string
		}{
			"the name of the new one is taken":    {"cannot-new", []string{"cannot"}, "needs the name cannot-new, which another instance has"},
			"the name of the old one is taken":    {"cannot-old", []string{"cannot"}, "needs the name cannot-old, which another instance has"},
			"the name of a failed one is taken":   {"cannot-failed", []string{"cannot"}, "needs the name cannot-failed, which another instance has"},
			"there is no such image":              {"", []string{"--from", image("nothing"), "cannot"}, "check the spelling"},
			"there is no such instance":           {"", []string{"nobody"}, "ot found"},
			"the registry is away":                {"", []string{"--from", unused(t) + "/library/goserver", "cannot"}, "connection refused"},
			"an update cannot be of all and some": {"", []string{"--all", "cannot"}, "--all"},
		} {
			if row.taken != "" {
				err := c.Create(t.Context(), daemon.NewInstance{Name: row.taken, Profiles: []string{"default"},
					Source: daemon.Source{Type: "image", Fingerprint: before.Config["volatile.base_image"]}})
				if err != nil {
					t.Fatal(err)
				}
			}
			out, complaints, code := u.types(append([]string{"update"}, row.args...)...)
			if code != 1 && code != 2 || !strings.Contains(complaints, row.says) {
				t.Errorf("%s: exit code %d, %s%s", name, code, out, complaints)
			}
			if row.taken != "" {
				if i := u.instance(c, row.taken); i.Config["user.lxdocker.update.state"] != "" {
					t.Errorf("%s: that has changed: %q", name, i.Config)
				}
				removed(t, c, row.taken)
			}
			if i := u.instance(c, "cannot"); !i.Running() || i.Config["volatile.uuid"] != before.Config["volatile.uuid"] || i.Config["user.lxdocker.update.state"] != "" {
				t.Errorf("%s: it is %s: %q", name, i.Status, i.Config)
			}
			u.absent(c, "cannot-new", "cannot-old", "cannot-failed")
		}
		u.does("update", "--steady", "1s", "cannot")
	})
}

// A user who may not speak to the daemon is told so, and nothing else is tried.
func TestWhoMayNotIsTold(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(bed.Dir, "run", "bin") // which everybody may enter
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(filepath.Join(programs, "lxdocker"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "lxdocker"), program, 0o755); err != nil {
		t.Fatal(err)
	}
	each(t, func(t *testing.T, d testbed.Daemon) {
		for _, args := range [][]string{{"update", "web"}, {"revert", "web"}, {"run", "-d", image("goserver")}, {"ps"}} {
			cmd := exec.CommandContext(t.Context(), filepath.Join(folder, "lxdocker"), args...)
			cmd.Dir = "/"
			cmd.Env = []string{family(d) + "_DIR=" + d.Dir, "HOME=/"}
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
			out, err := cmd.CombinedOutput()
			if err == nil || cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "a member of the group that owns it") {
				t.Errorf("lxdocker %s: %v, %s", strings.Join(args, " "), err, out)
			}
		}
	})
}
