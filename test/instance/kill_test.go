//go:build e2e

package instance

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/daemon"
	"lxdocker/test/testbed"
)

var moments = flag.Int("moments", 5, "how often an update is killed")

// The next run mends whatever a killed update has left.
func TestAnUpdateThatIsKilledIsMended(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d testbed.Daemon) {
		u, c := at(t, d), connect(t, d)
		tag := tagFor(d, "killed")
		publishes(t, tag, "goserver")
		u.gone("killed", "killed-old", "killed-failed", "killed-new")
		u.does("run", "-d", "--name", "killed", image(tag))
		if err := c.WriteFile(t.Context(), "killed", "/data/kept", daemon.File{Mode: 0o644}, strings.NewReader("kept")); err != nil {
			t.Fatal(err)
		}
		hwaddr := u.instance(c, "killed").Config["volatile.eth0.hwaddr"]
		// The images are brought beforehand, so that the update itself is what is killed.
		whole := 4 * time.Second
		ways := map[string]int{}
		for range *moments {
			publishes(t, tag, "health")
			if out := u.does("update", "--dry-run", "killed"); !strings.Contains(out, "would be") {
				publishes(t, tag, "goserver")
				u.does("update", "--dry-run", "killed")
			}
			cmd := u.command(t.Context(), "update", "--steady", "500ms", "killed")
			moment, err := killedWithin(t, cmd, &whole)
			left := present(t, c, "killed")
			ways[left]++
			out, complaints, code := u.types("update", "--finish", "--steady", "500ms", "killed")
			if code != 0 {
				t.Fatalf("killed after %v (%v), which left %s, mending ends with exit code %d: %s%s", moment, err, left, code, out, complaints)
			}
			i := u.instance(c, "killed")
			if now := present(t, c, "killed"); !i.Running() || strings.Contains(now, "new") || i.Config["volatile.eth0.hwaddr"] != hwaddr || i.Config["boot.autostart"] != "" {
				t.Fatalf("killed after %v, which left %s, there is %s: %q", moment, left, now, i.Config)
			}
			if data, err := c.ReadFile(t.Context(), "killed", "/data/kept", 10); err != nil || string(data) != "kept" {
				t.Fatalf("killed after %v, the data is %q, %v", moment, data, err)
			}
		}
		t.Logf("what was left when it was killed: %v", ways)
	})
}

// present says which of the instances of an update there are, and whether they run.
func present(t *testing.T, c *daemon.Client, name string) (all string) {
	t.Helper()
	for _, end := range []string{"", "-new", "-old", "-failed"} {
		i, err := c.Instance(t.Context(), name+end)
		if daemon.NotFound(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		all += fmt.Sprintf("%s (%s) ", i.Name, i.Status)
	}
	return all
}
