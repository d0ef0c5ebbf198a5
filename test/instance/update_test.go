//go:build e2e

package instance

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/daemon"
	"lxdocker/internal/instance"
	"lxdocker/test/testbed"
)

// publishes makes a tag mean an image of the testbed.
func publishes(t *testing.T, tag, name string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "skopeo", "copy", "-q", "--src-tls-verify=false", "--dest-tls-verify=false", "docker://"+image(name)+":latest", "docker://"+image(tag))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// tagFor is a tag of a test on one daemon.
func tagFor(d testbed.Daemon, name string) string {
	return name + ":" + strings.ToLower(strings.ReplaceAll(d.Name, " ", ""))
}

func (u user) instance(c *daemon.Client, name string) daemon.Instance {
	u.t.Helper()
	i, err := c.Instance(u.t.Context(), name)
	if err != nil {
		u.t.Fatal(err)
	}
	return i
}

func (u user) absent(c *daemon.Client, names ...string) {
	u.t.Helper()
	for _, name := range names {
		if _, err := c.Instance(u.t.Context(), name); !daemon.NotFound(err) {
			u.t.Errorf("%s is there: %v", name, err)
		}
	}
}

func TestAnUpdateKeepsWhatIsNotOfTheImage(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d testbed.Daemon) {
		u, c := at(t, d), connect(t, d)
		tag, address := tagFor(d, "good"), unused(t)
		publishes(t, tag, "nginx")
		u.gone("good", "good-old", "good-failed")
		u.does("run", "-d", "--name", "good", "-p", address+":80", "--label", "a=b", "-v", "good-data:/data", image(tag))
		if err := awaitPage(t, address, ""); err != nil {
			t.Fatal(err)
		}
		if err := c.WriteFile(t.Context(), "good", "/data/kept", daemon.File{UID: 33, GID: 33, Mode: 0o640}, strings.NewReader("kept")); err != nil {
			t.Fatal(err)
		}
		before := u.instance(c, "good")
		if out := u.does("update", "--steady", "1s", "good"); !strings.Contains(out, "good: unchanged") {
			t.Errorf("without a newer image it prints %s", out)
		}
		publishes(t, tag, "nginx-next")
		if out := u.does("update", "--dry-run", "good"); !strings.Contains(out, "would be updated") {
			t.Errorf("--dry-run prints %s", out)
		}
		u.absent(c, "good-new", "good-old")
		if n := u.listed()["good"].Newer; n == nil || n.Fingerprint == before.Config["volatile.base_image"] || n.Refused {
			t.Errorf("the newer image that the daemon has is %+v", n)
		}
		out := u.does("update", "--steady", "1s", "good")
		t.Log(out)
		if !strings.Contains(out, "good: updated from "+before.Config["volatile.base_image"][:12]) || !strings.Contains(out, "it has run for 1s") {
			t.Errorf("it prints %s", out)
		}
		if err := awaitPage(t, address, "second"); err != nil {
			t.Error(err)
		}
		after, old := u.instance(c, "good"), u.instance(c, "good-old")
		for _, key := range []string{"volatile.eth0.hwaddr", "user.label.a", instance.KeyReference} {
			if after.Config[key] == "" || after.Config[key] != before.Config[key] {
				t.Errorf("%s was %q, and is %q", key, before.Config[key], after.Config[key])
			}
		}
		if after.Config["boot.autostart"] != "" || old.Config["boot.autostart"] != "false" || old.Running() || old.Config["volatile.eth0.hwaddr"] == before.Config["volatile.eth0.hwaddr"] {
			t.Errorf("the old one could get in the way: %q", old.Config)
		}
		if data, err := c.ReadFile(t.Context(), "good", "/data/kept", 10); err != nil || string(data) != "kept" {
			t.Errorf("the data: %q, %v", data, err)
		}
		if out := u.does("revert", "good"); !strings.Contains(out, "good: went back") {
			t.Errorf("revert prints %s", out)
		}
		if err := awaitPage(t, address, ""); err != nil {
			t.Error(err)
		}
		again := u.instance(c, "good")
		if again.Config["volatile.uuid"] != before.Config["volatile.uuid"] || again.Config["volatile.eth0.hwaddr"] != before.Config["volatile.eth0.hwaddr"] || !again.Running() {
			t.Errorf("it is another instance: %q", again.Config)
		}
		u.absent(c, "good-new", "good-old")
		if out := u.does("update", "good"); !strings.Contains(out, "did not work the last time") {
			t.Errorf("after a revert it prints %s", out)
		}
		for _, name := range []string{"good", "good-failed"} {
			u.does("rm", "-f", "-v", name)
		}
		if err := c.DeleteVolume(t.Context(), "default", "good-data"); err != nil {
			t.Error(err)
		}
	})
}

// awaitPage waits until nginx shows a page of the next image, or of the first.
func awaitPage(t *testing.T, address, next string) error {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for {
		page, err := testbed.Get(t.Context(), "GET", address, "/", "")
		if err == nil && strings.Contains(page, "second") == (next != "") {
			return nil
		}
		if time.Now().After(deadline) {
			return &pageError{page, err}
		}
		time.Sleep(100 * time.Millisecond)
	}
}

type pageError struct {
	page string
	err  error
}

func (e *pageError) Error() string { return "the page is " + e.page }
