//go:build e2e

package instance

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"lxdocker/internal/daemon"
	"lxdocker/internal/instance"
	"lxdocker/test/testbed"
)

// launched makes and starts an instance as `lxc launch` does: its volumes are folders.
func launched(t *testing.T, c *daemon.Client, name, pool, fingerprint string, config map[string]string) {
	t.Helper()
	devices := daemon.Devices{"root": {"type": "disk", "path": "/", "pool": pool}}
	err := c.Create(t.Context(), daemon.NewInstance{Name: name, Profiles: []string{"default"}, Config: config, Devices: devices, Source: daemon.Source{Type: "image", Fingerprint: fingerprint}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(t.Context(), name); err != nil {
		t.Fatal(err)
	}
}

// inside runs a script of our busybox in an instance.
func inside(t *testing.T, c *daemon.Client, name, script string) string {
	t.Helper()
	var out, complaints bytes.Buffer
	functions := ""
	for applet := range strings.FieldsSeq("cat chmod chown dd find ln mkdir mkfifo rm seq sha256sum sort stat touch xargs") {
		functions += applet + `() { /busybox-lxd ` + applet + ` "$@"; }; `
	}
	code, err := c.Exec(t.Context(), name, []string{"/busybox-lxd", "sh", "-ec", functions + script}, &out, &complaints)
	if err != nil || code != 0 {
		t.Fatalf("in %s: exit code %d, %v: %s", name, code, err, &complaints)
	}
	return out.String()
}

// filled puts files of all kinds into a folder, which applications have there.
const filled = `
mkdir -p deep/er many
echo one >deep/one; chmod 640 deep/one; ln deep/one hard; ln deep/one deep/er/hard
ln -s /nowhere/else soft; chown -h 5:6 soft
mkfifo pipe; chmod 620 pipe
chown -R 999:998 deep; chmod 1770 deep; chmod 4751 many
dd if=/dev/urandom of=large bs=65536 count=64 2>/dev/null
dd if=/dev/zero of=sparse bs=1 count=1 seek=104857600 2>/dev/null
for n in $(seq 300); do echo $n >"many/a $n"; done
touch -d '2001-02-03 04:05:06' large deep/er many`

// inventory lists all that is to be seen of the files in a folder from within the instance.
func inventory(t *testing.T, c *daemon.Client, name, folder string) string {
	t.Helper()
	return inside(t, c, name, "cd "+folder+`
find . -type d | sort | while read -r f; do stat -c '%n %F %a %u %g %y' "$f"; done
find . ! -type d | sort | while read -r f; do stat -c '%n %F %a %u %g %y %s %h %N' "$f"; done
find . -type f | sort | while read -r f; do sha256sum "$f"; done`)
}

// pools are those that instances are in, with what the daemon has to be asked for.
func pools(t *testing.T, d testbed.Daemon) []string {
	t.Helper()
	const other = "moved-btrfs"
	if out, err := d.Run(t.Context(), "storage", "create", other, "btrfs", "size=1GiB"); err != nil {
		t.Fatal(out, err)
	}
	t.Cleanup(func() {
		if out, err := d.Run(context.WithoutCancel(t.Context()), "storage", "delete", other); err != nil {
			t.Error(out, err)
		}
	})
	return []string{"default", other}
}

func TestAnUpdateMovesDataToVolumes(t *testing.T) {
	each(t, func(t *testing.T, d testbed.Daemon) {
		c := connect(t, d)
		first := imported(t, c, "goserver")
		tag := tagFor(d, "moved")
		publishes(t, tag, "health")
		for _, pool := range pools(t, d) {
			t.Run(pool, func(t *testing.T) {
				u := at(t, d)
				u.gone("moved", "moved-old", "moved-failed", "moved-new")
				launched(t, c, "moved", pool, first, nil)
				inside(t, c, "moved", "cd /data"+filled+"\nmkdir -p /etc/app /opt; echo mine >/etc/app/conf; chmod 600 /etc/app/conf; echo left >/opt/left")
				storage := filepath.Join(d.Dir, "storage-pools", pool)
				if err := syscall.Setxattr(filepath.Join(storage, "containers/moved/rootfs/data/deep/one"), "user.note", []byte("kept"), 0); err != nil {
					t.Fatal(err)
				}
				before, was := inventory(t, c, "moved", "/data"), u.instance(c, "moved")
				out := u.does("update", "--dry-run", "--from", image(tag), "--carry", "/etc/app", "moved")
				for _, says := range []string{"/data, ", "would be moved to the volume moved-data", "/etc/app, ", "would be carried", "would stay with the old one: /opt/left\n"} {
					if !strings.Contains(out, says) {
						t.Errorf("--dry-run prints %s", out)
					}
				}
				u.absent(c, "moved-new")
				stdout, stderr, code := u.types("update", "--steady", "1s", "--from", image(tag), "--carry", "/etc/app", "moved")
				if code != 0 || !strings.Contains(stdout, "updated from") || !strings.Contains(stderr, "its data in /data is in the volume moved-data now") {
					t.Fatalf("exit code %d, %s%s", code, stdout, stderr)
				}
				t.Log(stdout)
				if after := inventory(t, c, "moved", "/data"); after != before {
					t.Errorf("the data is\n%s\nand was\n%s", after, before)
				}
				var noted [10]byte
				if n, err := syscall.Getxattr(filepath.Join(storage, "custom/default_moved-data/hard"), "user.note", noted[:]); err != nil || string(noted[:n]) != "kept" {
					t.Errorf("the extended attribute is %q, %v", noted, err)
				}
				if got := inside(t, c, "moved", "stat -c '%a %u' /etc/app/conf; cat /etc/app/conf; [ ! -e /opt/left ]; stat -c %b /data/sparse; [ ! -e /data/.lxdocker-copy ]"); !strings.HasPrefix(got, "600 0\nmine\n") || len(got) > 20 {
					t.Errorf("what was carried, and how large what is sparse: %s", got)
				}
				after, old := u.instance(c, "moved"), u.instance(c, "moved-old")
				if after.Config[instance.KeyVolumes] != "moved-data" || after.Devices["disk-data"]["source"] != "moved-data" || old.Devices["disk-data"]["source"] != "moved-data" {
					t.Errorf("the volume is not attached: %q, %q", after.Devices, old.Devices)
				}
				asBefore(t, was, after)
				if _, err := c.Volume(t.Context(), pool, "moved-carried"); !daemon.NotFound(err) {
					t.Errorf("what travelled is still there: %v", err)
				}
				inside(t, c, "moved", "echo later >/data/later")
				u.does("revert", "moved")
				if got := inside(t, c, "moved", "cat /data/later /opt/left; rm /data/later; touch -d '2001-02-03 04:05:06' /data"); got != "later\nleft\n" {
					t.Errorf("after going back there is %q", got)
				}
				asBefore(t, was, u.instance(c, "moved"))
				u.does("rm", "-f", "moved-failed")
				if out := u.does("rm", "-f", "-v", "moved"); !strings.Contains(out, "volume moved-data") {
					t.Errorf("rm prints %s", out)
				}
			})
		}
	})
}

// asBefore says if settings or devices of an instance are not what they were, but for its
// volumes, its image and its updates.
func asBefore(t *testing.T, was, is daemon.Instance) {
	t.Helper()
	mine := func(i daemon.Instance) string {
		text := ""
		for _, key := range []string{"environment.LXDOCKER_ENTRYPOINT", "environment.LXDOCKER_CMD", "environment.LXDOCKER_USER", "environment.LXDOCKER_RESTART", "user.lxdocker.net", "user.lxdocker_init_script", "boot.autostart", "volatile.eth0.hwaddr"} {
			text += key + "=" + i.Config[key] + " "
		}
		for name, device := range i.Devices {
			if device["type"] == "disk" && strings.Contains(device["path"], "lxdocker") {
				text += name
			}
		}
		return text
	}
	if mine(was) != mine(is) {
		t.Errorf("its settings are %s and were %s", mine(is), mine(was))
	}
}

// What cannot be copied as it is leaves all as it was.
func TestAMoveThatFailsIsUndone(t *testing.T) {
	each(t, func(t *testing.T, d testbed.Daemon) {
		u, c := at(t, d), connect(t, d)
		tag := tagFor(d, "unmoved")
		publishes(t, tag, "health")
		u.gone("unmoved", "unmoved-old", "unmoved-failed", "unmoved-new")
		launched(t, c, "unmoved", "default", imported(t, c, "goserver"), map[string]string{"environment.LXDOCKER_CMD": "mine"})
		inside(t, c, "unmoved", "cd /data"+filled+"; echo x >foreign")
		foreign := filepath.Join(d.Dir, "storage-pools/default/containers/unmoved/rootfs/data/foreign")
		if err := os.Lchown(foreign, 2_000_000_000, 0); err != nil {
			t.Fatal(err)
		}
		was := u.instance(c, "unmoved")
		refused := func(says string, args ...string) {
			t.Helper()
			args = append(append([]string{"update", "--steady", "1s", "--from", image(tag)}, args...), "unmoved")
			out, complaints, code := u.types(args...)
			if code != 1 || !strings.Contains(complaints, says) {
				t.Errorf("%q: exit code %d, %s%s", args, code, out, complaints)
			}
			u.absent(c, "unmoved-new", "unmoved-old", "unmoved-failed")
			is := u.instance(c, "unmoved")
			asBefore(t, was, is)
			if !is.Running() || is.Config["volatile.uuid"] != was.Config["volatile.uuid"] || is.Config["environment.LXDOCKER_CMD"] != "mine" || is.Config["user.lxdocker.update.state"] != "" || len(is.Devices) != len(was.Devices) {
				t.Errorf("it is %s: %q, %q", is.Status, is.Config, is.Devices)
			}
			for _, volume := range []string{"unmoved-data", "unmoved-carried"} {
				if _, err := c.Volume(t.Context(), "default", volume); !daemon.NotFound(err) {
					t.Errorf("%q: the volume %s: %v", args, volume, err)
				}
			}
		}
		refused("whom the instance does not have")
		refused("whom the instance does not have", "--carry", "/etc/hosts")
		refused("carrying /nowhere", "--carry", "/nowhere")
		refused("it is in a volume", "--carry", "/data/large")
		refused("belongs to the image", "--carry", "/.lxdocker")
		if err := os.Remove(foreign); err != nil { // which the instance cannot
			t.Fatal(err)
		}
		inside(t, c, "unmoved", "ln -s etc /linked")
		refused("/linked is a link", "--carry", "/linked/hosts")
		if err := c.CreateVolume(t.Context(), "default", daemon.Volume{Name: "unmoved-data"}); err != nil {
			t.Fatal(err)
		}
		if _, complaints, code := u.types("update", "--from", image(tag), "unmoved"); code != 1 || !strings.Contains(complaints, "the volume unmoved-data") {
			t.Errorf("exit code %d, %s", code, complaints)
		}
		if err := c.DeleteVolume(t.Context(), "default", "unmoved-data"); err != nil {
			t.Error(err)
		}
	})
}

// Whenever an update is killed that moves data, the next run ends with all data where the
// instance finds it, and nothing beside.
func TestAMoveThatIsKilledIsMended(t *testing.T) {
	each(t, func(t *testing.T, d testbed.Daemon) {
		u, c := at(t, d), connect(t, d)
		tag := tagFor(d, "movekilled")
		publishes(t, tag, "health")
		first := imported(t, c, "goserver")
		all := []string{"movekilled", "movekilled-old", "movekilled-failed", "movekilled-new"}
		u.gone(all...)
		whole := 8 * time.Second
		ways := map[string]int{}
		for range *moments {
			launched(t, c, "movekilled", "default", first, nil)
			inside(t, c, "movekilled", "cd /data"+filled+"; mkdir /opt; echo mine >/opt/mine")
			before, was := inventory(t, c, "movekilled", "/data"), u.instance(c, "movekilled")
			u.does("update", "--dry-run", "--from", image(tag), "movekilled") // fetches the image
			cmd := u.command(t.Context(), "update", "--steady", "500ms", "--from", image(tag), "--carry", "/opt", "movekilled")
			moment, err := killedWithin(t, cmd, &whole)
			left := present(t, c, "movekilled")
			out, complaints, code := u.types("update", "--finish", "--steady", "500ms", "movekilled")
			if code != 0 {
				t.Fatalf("killed after %v (%v), which left %s, mending ends with exit code %d: %s%s", moment, err, left, code, out, complaints)
			}
			i := u.instance(c, "movekilled")
			asBefore(t, was, i)
			moved := i.Devices["disk-data"]["source"] == "movekilled-data"
			ways[left+map[bool]string{true: "moved", false: "as before"}[moved]]++
			if now := present(t, c, "movekilled"); !i.Running() || strings.Contains(now, "new") {
				t.Fatalf("killed after %v, which left %s, there is %s", moment, left, now)
			}
			if after := inventory(t, c, "movekilled", "/data"); after != before {
				t.Errorf("killed after %v, which left %s, the data is\n%s\nand was\n%s", moment, left, after, before)
			}
			if got := inside(t, c, "movekilled", "cat /opt/mine"); got != "mine\n" {
				t.Errorf("killed after %v, which left %s, /opt/mine is %q", moment, left, got)
			}
			if _, err := c.Volume(t.Context(), "default", "movekilled-carried"); !daemon.NotFound(err) {
				t.Errorf("killed after %v, which left %s, what travelled is still there: %v", moment, left, err)
			}
			if _, err := c.Volume(t.Context(), "default", "movekilled-data"); (err == nil) != moved {
				t.Errorf("killed after %v, which left %s, moved is %v, and the volume: %v", moment, left, moved, err)
			}
			for _, name := range all[1:] {
				u.types("rm", "-f", name)
			}
			u.does("rm", "-f", "-v", "movekilled")
		}
		t.Logf("what was left when it was killed: %v", ways)
	})
}
