//go:build e2e

package instance

import (
	"context"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/daemon"
	"lxdocker/internal/instance"
	"lxdocker/test/testbed"
)

// What an update has kept has the same volumes as the newer one: nothing but revert starts it
// again, whatever people do with the two.
func TestWhatAnUpdateHasKeptStays(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d testbed.Daemon) {
		u, c := at(t, d), connect(t, d)
		tag := tagFor(d, "stays")
		publishes(t, tag, "goserver")
		u.gone("stays", "stays-old", "stays-failed", "stays-new", "stays-2")
		u.does("run", "-d", "--name", "stays", "-v", "stays-data:/data", image(tag))
		first := u.instance(c, "stays").Config["volatile.uuid"]
		publishes(t, tag, "health")
		u.does("update", "--steady", "500ms", "stays")
		refused := func(says string, args ...string) {
			t.Helper()
			out, complaints, code := u.types(args...)
			if code == 0 || !strings.Contains(complaints, says) {
				t.Errorf("lxdocker %s: exit code %d, %s%s", strings.Join(args, " "), code, out, complaints)
			}
		}
		still := func(running bool) {
			t.Helper()
			if i := u.instance(c, "stays-old"); i.Running() != running || i.Config["volatile.uuid"] != first || i.Config["boot.autostart"] != "false" {
				t.Fatalf("the old one is %s: %q", i.Status, i.Config)
			}
		}
		for _, args := range [][]string{{"update", "stays-old"}, {"update", "--dry-run", "stays-old"}, {"update", "--finish", "stays-old"}, {"revert", "stays-old"}} {
			refused("is the old one of an update of stays", args...)
			still(false)
		}

		publishes(t, tag, "goserver")
		u.does("start", "stays-old")
		refused("stays-old is Running", "update", "--dry-run", "stays")
		refused("stays-old is Running", "update", "stays")
		refused("stays-old is Running", "revert", "stays")
		still(true)
		u.does("stop", "stays-old")
		create := []string{"snapshot", "stays-old", "s"}
		if family(d) == "INCUS" {
			create = []string{"snapshot", "create", "stays-old", "s"}
		}
		if out, err := d.Run(t.Context(), create...); err != nil {
			t.Fatal(out, err)
		}
		refused("with its 1 snapshots", "update", "--dry-run", "stays")
		refused("with its 1 snapshots", "update", "stays")
		still(false)
		u.absent(c, "stays-new")

		// The newer one is renamed, and then removed: the old one is no longer that of anything.
		u.does("stop", "stays")
		if err := c.Rename(t.Context(), "stays", "stays-2"); err != nil {
			t.Fatal(err)
		}
		u.does("update", "--finish", "stays")
		refused("ot found", "update", "stays")
		u.does("rm", "stays-2")
		refused("ot found", "update", "stays")
		still(false)
		u.absent(c, "stays")

		// A new one of the name is not that of the old one.
		u.does("run", "-d", "--name", "stays", "-v", "stays-data:/data", image(tag))
		refused("stays-old is not the one before stays", "revert", "stays")
		still(false)
		if !u.instance(c, "stays").Running() {
			t.Error("the new one has stopped")
		}
		u.does("rm", "-f", "stays")
		u.does("rm", "stays-old")
		if err := c.DeleteVolume(t.Context(), "default", "stays-data"); err != nil {
			t.Error(err)
		}
	})
}

// moment is a moment of an update, at which something happens once.
type moment struct {
	does func()
	once bool
}

func (m *moment) comes() {
	if !m.once {
		m.once = true
		m.does()
	}
}

// known brings an image that the daemon has, at a moment.
type known struct {
	fingerprint string
	moment      *moment
}

func (k known) Bring(context.Context, *daemon.Client, string) (string, error) {
	k.moment.comes()
	return k.fingerprint, nil
}

// Whenever a second update comes, the first one has the instance, and what it needs to go back.
func TestTheSecondOfTwoUpdatesLeavesTheFirstAlone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d testbed.Daemon) {
		u, c := at(t, d), connect(t, d)
		tag := tagFor(d, "two")
		publishes(t, tag, "goserver")
		u.gone("two", "two-old", "two-failed", "two-new")
		u.does("run", "-d", "--name", "two", image(tag))
		first := u.instance(c, "two").Config["volatile.uuid"]
		newer := imported(t, c, "health")
		updater := func(self string, bringing, making *moment) *instance.Updater {
			return &instance.Updater{Daemon: c, Images: known{newer, bringing}, Gate: instance.Gate{Steady: 500 * time.Millisecond}, Self: self, Now: time.Now,
				Alive: func(string) bool { return true },
				Say: func(text string) {
					t.Log(self + ": " + text)
					if strings.HasPrefix(text, "making") {
						making.comes()
					}
				}}
		}
		never := &moment{once: true}
		for name, row := range map[string]func(other *moment) *instance.Updater{
			"while it gets the image": func(other *moment) *instance.Updater { return updater("second", other, never) },
			"before it makes its own": func(other *moment) *instance.Updater { return updater("second", never, other) },
		} {
			// The first one is at the gate, which it does not pass for as long as it takes.
			atGate, stop := make(chan struct{}), make(chan error)
			ctx, cancel := context.WithCancel(t.Context())
			a := updater("first", never, never)
			a.Gate.Steady = time.Hour
			say := a.Say
			a.Say = func(text string) {
				say(text)
				if strings.HasPrefix(text, "waiting") {
					close(atGate)
				}
			}
			b := row(&moment{does: func() {
				go func() {
					_, err := a.Update(ctx, "two", "x", false)
					stop <- err
				}()
				<-atGate
			}})
			if r, err := b.Update(t.Context(), "two", "x", false); err == nil || r.Outcome != instance.Failed {
				t.Errorf("%s: the second one ends with %+v, %v", name, r, err)
			} else {
				t.Logf("%s: %v", name, err)
			}
			if i := u.instance(c, "two-old"); i.Config["volatile.uuid"] != first {
				t.Errorf("%s: the old one is another: %q", name, i.Config)
			}
			if i := u.instance(c, "two"); !i.Running() || i.Config["volatile.base_image"] != newer {
				t.Errorf("%s: the new one is %s: %q", name, i.Status, i.Config)
			}
			u.absent(c, "two-new")
			cancel()
			if err := <-stop; err == nil {
				t.Errorf("%s: the first one is not interrupted", name)
			}
			if i := u.instance(c, "two"); !i.Running() || i.Config["volatile.uuid"] != first {
				t.Fatalf("%s: it does not go back: %s", name, present(t, c, "two"))
			}
		}
	})
}

// Data in a folder that only the new image calls a volume stays where an update can find it.
func TestAVolumeOfTheNewImageIsMade(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d testbed.Daemon) {
		u, c := at(t, d), connect(t, d)
		tag := tagFor(d, "data")
		u.gone("data", "data-old", "data-failed")
		publishes(t, tag, "nginx")
		u.does("run", "-d", "--name", "data", image(tag))
		publishes(t, tag, "goserver")
		u.does("update", "--steady", "500ms", "data")
		i := u.instance(c, "data")
		if i.Config[instance.KeyVolumes] != "data-data" || i.Devices["disk-data"]["source"] != "data-data" {
			t.Errorf("the new one has no volume at /data: %q, %q", i.Config, i.Devices)
		}
		u.does("rm", "-f", "-v", "data")
		u.does("rm", "data-old")
	})
}
