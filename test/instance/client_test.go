//go:build e2e

package instance

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/daemon"
	"lxdocker/internal/failure"
	"lxdocker/test/testbed"
)

func connect(t *testing.T, d testbed.Daemon) *daemon.Client {
	t.Helper()
	c, err := daemon.Connect(t.Context(), daemon.Address{Name: d.Name, Socket: filepath.Join(d.Dir, "unix.socket")})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// converted converts an image of the testbed into files.
func converted(t *testing.T, name string, options ...string) (parts []daemon.Part, fingerprint string) {
	t.Helper()
	folder := t.TempDir()
	args := append([]string{"convert", bed.Registry + "/library/" + name, "-o", folder, "--cache", filepath.Join(bed.Dir, "cache")}, options...)
	cmd := exec.CommandContext(t.Context(), filepath.Join(programs, "lxdocker"), args...)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("converting %s: %v: %s", name, err, &complaints)
	}
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSpace(line)
		if after, ok := strings.CutPrefix(line, "fingerprint "); ok {
			return parts, after
		}
		parts = append(parts, daemon.Part{Name: filepath.Base(line), Open: func() (io.ReadCloser, error) { return os.Open(line) }})
	}
	t.Fatalf("converting %s printed %s", name, out)
	return nil, ""
}

// imported has an image in a daemon, and returns its fingerprint.
func imported(t *testing.T, c *daemon.Client, name string, options ...string) string {
	t.Helper()
	parts, fingerprint := converted(t, name, options...)
	var sent int64
	err := c.ImportImage(t.Context(), parts, map[string]string{"by": "test & more"}, func(n int64) { sent += n })
	if err != nil && !daemon.Exists(err) {
		t.Fatal(err)
	}
	if err == nil && sent < 1<<20 {
		t.Errorf("%d bytes were sent", sent)
	}
	return fingerprint
}

// created makes an instance that goes away with the test.
func created(t *testing.T, c *daemon.Client, i daemon.NewInstance) {
	t.Helper()
	if len(i.Profiles) == 0 {
		i.Profiles = []string{"default"}
	}
	t.Cleanup(func() { removed(t, c, i.Name) })
	if err := c.Create(t.Context(), i); err != nil {
		t.Fatal(err)
	}
}

// removed removes an instance, running or not, if it is there.
func removed(t *testing.T, c *daemon.Client, name string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_ = c.Kill(ctx, name)
	if err := c.Delete(ctx, name); err != nil && !daemon.NotFound(err) {
		t.Errorf("removing %s: %v", name, err)
	}
}

// Before others bring the same image.
func TestTheClientDoesWhatInstancesNeed(t *testing.T) {
	each(t, func(t *testing.T, d testbed.Daemon) {
		ctx, c := t.Context(), connect(t, d)
		if !strings.EqualFold(c.Server.Kind, family(d)) || c.Server.Version == "" || !c.Server.Has("instances") {
			t.Errorf("the server is %+v", c.Server)
		}
		fingerprint := imported(t, c, "goserver")
		image, err := c.Image(ctx, fingerprint)
		if err != nil || image.Properties["by"] != "test & more" || image.Properties["lxdocker.ref"] == "" {
			t.Errorf("the image is %+v, %v", image, err)
		}
		volume := daemon.Volume{Name: "client-data", Config: map[string]string{"user.lxdocker.of": "client"}}
		if err := c.CreateVolume(ctx, "default", volume); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := c.DeleteVolume(context.WithoutCancel(ctx), "default", volume.Name); err != nil {
				t.Error(err)
			}
			if _, err := c.Volume(context.WithoutCancel(ctx), "default", volume.Name); !daemon.NotFound(err) {
				t.Errorf("a volume that is gone: %v", err)
			}
		}()
		name := "client"
		defer removed(t, c, name+"-2")
		created(t, c, daemon.NewInstance{Name: name, Source: daemon.Source{Type: "image", Fingerprint: fingerprint},
			Config:  map[string]string{"environment.LXDOCKER_CMD": "one 'two words'", "user.x": "1"},
			Devices: daemon.Devices{"data": {"type": "disk", "pool": "default", "source": volume.Name, "path": "/data"}}})
		if err := c.Start(ctx, name); err != nil {
			t.Fatal(err)
		}
		i, err := c.Instance(ctx, name)
		if err != nil || !i.Running() || i.Config["volatile.base_image"] != fingerprint || i.ExpandedDevices["eth0"] == nil || i.ETag == "" {
			t.Errorf("the instance is %+v, %v", i, err)
		}
		ran := exercise(t, c, name)
		if all, err := c.Instances(ctx); err != nil || len(all) == 0 {
			t.Error(all, err)
		}
		i.Config["user.x"] = "2"
		if err := c.Update(ctx, i); !daemon.Changed(err) && err != nil {
			t.Errorf("writing what was read before the start: %v", err)
		}
		if i, err = c.Instance(ctx, name); err != nil {
			t.Fatal(err)
		}
		i.Config["user.x"] = "3"
		if err := c.Update(ctx, i); err != nil {
			t.Fatal(err)
		}
		i.Config["user.x"] = "4"
		if err := c.Update(ctx, i); !daemon.Changed(err) {
			t.Errorf("writing what was read before another wrote: %v", err)
		}
		if err := c.Stop(ctx, name, time.Minute); err != nil {
			t.Fatal(err)
		}
		if err := c.Rename(ctx, name, name+"-2"); err != nil {
			t.Fatal(err)
		}
		if got, err := c.ReadFile(ctx, name+"-2", "/data/written", 100); err == nil {
			t.Errorf("a volume is seen in an instance that is stopped: %q", got)
		}
		if !ran {
			t.Error("nothing was run in it")
		}
	})
}

// exercise uses files and programs of an instance that runs.
func exercise(t *testing.T, c *daemon.Client, name string) bool {
	t.Helper()
	ctx := t.Context()
	f := daemon.File{UID: 1000, GID: 1001, Mode: 0o640}
	if err := c.WriteFile(ctx, name, "/data/written", f, strings.NewReader("hello\n")); err != nil {
		t.Error(err)
	}
	if err := c.WriteFile(ctx, name, "/data/folder", daemon.File{Mode: 0o700, Folder: true}, nil); err != nil {
		t.Error(err)
	}
	if got, err := c.ReadFile(ctx, name, "/data/written", 100); err != nil || string(got) != "hello\n" {
		t.Errorf("%q, %v", got, err)
	}
	names, err := c.ListFiles(ctx, name, "/data")
	// The volume is filled from the image when the instance starts.
	if names = slices.DeleteFunc(names, func(n string) bool { return n == ".keep" }); err != nil || strings.Join(names, ",") != "folder,written" {
		t.Errorf("%q, %v", names, err)
	}
	if _, err := c.ReadFile(ctx, name, "/data/folder", 100); failure.KindOf(err) != failure.Unsupported {
		t.Errorf("reading a folder: %v", err)
	}
	if _, err := c.ReadFile(ctx, name, "/nothing", 100); !daemon.NotFound(err) {
		t.Errorf("reading what is not there: %v", err)
	}
	for range 20 { // an early end of a stream would lose output now and then
		var out, complaints bytes.Buffer
		code, err := c.Exec(ctx, name, []string{"/busybox-lxd", "sh", "-c", "/busybox-lxd stat -c '%u %g %a' /data/written; echo wrong >&2; exit 7"}, &out, &complaints)
		if err != nil || code != 7 || out.String() != "1000 1001 640\n" || complaints.String() != "wrong\n" {
			t.Errorf("%d, %v: %q, %q", code, err, &out, &complaints)
		}
	}
	short, stop := context.WithCancel(ctx)
	var out ended
	out.at(5, stop)
	if _, err := c.Exec(short, name, []string{"/busybox-lxd", "sh", "-c", "while :; do echo line; /busybox-lxd usleep 10000; done"}, &out, io.Discard); err == nil {
		t.Error("a program ended that never does")
	}
	stop()
	return true
}

// ended ends something when so many lines were written.
type ended struct {
	lines int
	stop  func()
}

func (e *ended) at(lines int, stop func()) { e.lines, e.stop = lines, stop }

func (e *ended) Write(p []byte) (int, error) {
	if e.lines -= bytes.Count(p, []byte("\n")); e.lines <= 0 {
		e.stop()
	}
	return len(p), nil
}

func TestWhatDaemonsRefuseIsSaidInTheirWords(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d testbed.Daemon) {
		ctx, c := t.Context(), connect(t, d)
		fingerprint := imported(t, c, "goserver")
		created(t, c, daemon.NewInstance{Name: "taken", Source: daemon.Source{Type: "image", Fingerprint: fingerprint}})
		for name, row := range map[string]struct {
			err  func() error
			kind failure.Kind
			says string
		}{
			"an instance that is not there":  {func() error { _, err := c.Instance(ctx, "nobody"); return err }, failure.NotFound, "not found"},
			"starting one that is not there": {func() error { return c.Start(ctx, "nobody") }, failure.NotFound, "not found"},
			"an image that is not there": {func() error {
				return c.Create(ctx, daemon.NewInstance{Name: "free", Profiles: []string{"default"}, Source: daemon.Source{Type: "image", Fingerprint: strings.Repeat("0", 64)}})
			}, failure.NotFound, "not provided"},
			"a name that is taken": {func() error {
				return c.Create(ctx, daemon.NewInstance{Name: "taken", Profiles: []string{"default"}, Source: daemon.Source{Type: "image", Fingerprint: fingerprint}})
			}, failure.Internal, ""},
			"an operation that fails": {func() error { return c.Stop(ctx, "taken", time.Second) }, failure.Internal, "already stopped"},
			"a program in one that is stopped": {func() error {
				_, err := c.Exec(ctx, "taken", []string{"/busybox-lxd", "true"}, io.Discard, io.Discard)
				return err
			}, failure.Internal, "not running"},
			"an image that is none": {func() error {
				return c.ImportImage(ctx, []daemon.Part{{Name: "x", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("no image")), nil }}}, nil, nil)
			}, failure.Internal, ""},
		} {
			err := row.err()
			t.Logf("%s: %v", name, err)
			if failure.KindOf(err) != row.kind || err == nil || !strings.Contains(err.Error(), row.says) {
				t.Errorf("%s: %v, which is %v", name, err, failure.KindOf(err))
			}
			if name == "a name that is taken" && !daemon.Exists(err) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
