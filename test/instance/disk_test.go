//go:build e2e

package instance

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"lxdocker/internal/daemon"
	"lxdocker/internal/testenv"
	"lxdocker/test/testbed"
)

// A storage pool that is full while the newer instance is made costs nothing: the old one
// runs on, and the update works when there is room.
func TestAPoolThatIsFullHalfWay(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d testbed.Daemon) {
		u, c := at(t, d), connect(t, d)
		tag, address := tagFor(d, "full"), unused(t)
		publishes(t, tag, "goserver")
		disk := filepath.Join(bed.Dir, "full-"+filepath.Base(d.Dir))
		testenv.SmallDisk(t, disk, "size=64m")
		pool(t, d, "full", "dir", "source="+disk)
		u.gone("full", "full-new", "full-old", "full-failed", "more")
		u.does("run", "-d", "--name", "full", "--pool", "full", "-p", address+":8080", image(tag))
		if err := c.WriteFile(t.Context(), "full", "/data/kept", daemon.File{Mode: 0o644}, strings.NewReader("kept")); err != nil {
			t.Fatal(err)
		}
		before := u.instance(c, "full")
		publishes(t, tag, "health")
		filler := filepath.Join(disk, "filler")
		fill(t, filler, 3<<20)

		for name, args := range map[string][]string{"update": {"update", "--steady", "1s", "full"}, "run": {"run", "-d", "--name", "more", "--pool", "full", image("goserver")}} {
			out, complaints, code := u.types(args...)
			t.Log(complaints)
			if code != 1 || !strings.Contains(strings.ToLower(complaints), "space") {
				t.Errorf("%s: exit code %d, %s%s", name, code, out, complaints)
			}
		}
		answers(t, address)
		after := u.instance(c, "full")
		if !after.Running() || after.Config["volatile.uuid"] != before.Config["volatile.uuid"] || after.Config["user.lxdocker.update.state"] != "" {
			t.Errorf("it is %s: %q", after.Status, after.Config)
		}
		u.absent(c, "full-new", "full-old", "full-failed", "more")
		if _, err := c.Volume(t.Context(), "full", "more-data"); !daemon.NotFound(err) {
			t.Errorf("the volume of an instance that there is not: %v", err)
		}

		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
		if out := u.does("update", "--steady", "1s", "full"); !strings.Contains(out, "full: updated") {
			t.Errorf("with room it prints %s", out)
		}
		answers(t, address)
		if data, err := c.ReadFile(t.Context(), "full", "/data/kept", 10); err != nil || string(data) != "kept" {
			t.Errorf("the data is %q, %v", data, err)
		}
	})
}

// fill writes a file that leaves so many bytes of its disk.
func fill(t *testing.T, name string, leave int64) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var size int64
	for block := make([]byte, 1<<16); ; {
		n, err := f.Write(block)
		size += int64(n)
		if errors.Is(err, syscall.ENOSPC) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Truncate(max(0, size-leave)); err != nil {
		t.Fatal(err)
	}
}
