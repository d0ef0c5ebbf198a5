//go:build e2e

package instance

import (
	"strings"
	"testing"

	"lxdocker/internal/daemon"
	"lxdocker/test/testbed"
)

// A certificate that is restricted to one project is all that is needed.
func TestARestrictedCertificateIsEnough(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d testbed.Daemon) {
		home := t.TempDir()
		address := unused(t)
		types := func(line string) string {
			t.Helper()
			out, err := d.Run(t.Context(), strings.Fields(line)...)
			if err != nil {
				t.Fatal(err)
			}
			return strings.TrimSpace(out)
		}
		bridge := types("profile device get default eth0 network")
		types("config set core.https_address " + address)
		types("project create team -c features.profiles=true -c features.images=true -c restricted=true -c restricted.devices.nic=allow")
		types("profile device add default root disk path=/ pool=default --project team")
		types("profile device add default eth0 nic name=eth0 --project team network=" + bridge)
		trust := "config trust add --name robot --restricted --projects team --quiet"
		if family(d) == "INCUS" {
			trust = "config trust add robot --restricted --projects team --quiet"
		}
		lines := strings.Fields(types(trust))
		far := d.WithConfig(home)
		if _, err := far.Run(t.Context(), "remote", "add", "far", lines[len(lines)-1]); err != nil {
			t.Fatal(err)
		}
		u := user{t, d, []string{family(d) + "_CONF=" + home, "HOME=" + home}}
		u.cleared("team")
		if _, complaints, code := u.types("run", "-d", "--remote", "far", "--project", "team", "--name", "web", "-p", "18080:80", image("goserver")); code != 1 || !strings.Contains(complaints, "restricted.devices.proxy=allow") {
			t.Errorf("a proxy device: exit code %d, %s", code, complaints)
		}
		if _, complaints, code := u.types("run", "-d", "--remote", "far", "--project", "team", "--name", "web", "-v", "/srv:/srv", image("goserver")); code != 1 || !strings.Contains(complaints, "restricted.devices.disk=allow") {
			t.Errorf("a folder of the host: exit code %d, %s", code, complaints)
		}
		if _, complaints, code := u.types("run", "-d", "--remote", "far", "--project", "team", "--name", "web", "--gpus", "all", image("goserver")); code != 1 || !strings.Contains(complaints, "restricted.devices.gpu=allow") {
			t.Errorf("a graphics card: exit code %d, %s", code, complaints)
		}
		types("project set team restricted.devices.gpu=allow")
		if _, complaints, code := u.types("run", "-d", "--remote", "far", "--project", "team", "--name", "web", "--gpus", "7", image("goserver")); code != 1 || !strings.Contains(complaints, "graphics card") {
			t.Errorf("a graphics card that is not there: exit code %d, %s", code, complaints)
		}
		tag := tagFor(d, "team")
		publishes(t, tag, "goserver")
		u.does("run", "-d", "--remote", "far", "--project", "team", "--name", "web", image(tag))
		if out := u.does("ps", "--remote", "far", "--project", "team"); !strings.Contains(out, "web ") {
			t.Errorf("ps prints %s", out)
		}
		fingerprint, err := far.Run(t.Context(), "config", "get", "far:web", "volatile.base_image", "--project", "team")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := far.Run(t.Context(), "launch", "far:"+strings.TrimSpace(fingerprint), "far:plain", "--project", "team"); err != nil {
			t.Fatal(err)
		}
		if out, complaints, code := u.types("update", "--remote", "far", "--project", "team", "--steady", "1s", "--from", image("health"), "plain"); code != 0 || !strings.Contains(complaints, "is in the volume plain-data now") {
			t.Errorf("an update that moves data: exit code %d, %s%s", code, out, complaints)
		}
		u.does("rm", "--remote", "far", "--project", "team", "plain-old")
		u.does("rm", "-f", "-v", "--remote", "far", "--project", "team", "plain")
		u.updatesFar(tag)
		u.unattendedFar(types)
		if out := u.does("stop", "--remote", "far", "--project", "team", "web"); !strings.Contains(out, "web: ") {
			t.Errorf("stop prints %s", out)
		}
		u.does("rm", "--remote", "far", "--project", "team", "web-failed")
		if out := u.does("rm", "-v", "--remote", "far", "--project", "team", "web"); !strings.Contains(out, "volume web-data") {
			t.Errorf("rm prints %s", out)
		}
		if _, complaints, code := u.types("update", "--remote", "far", "--project", "default", "web"); code != 1 {
			t.Errorf("an instance of another project can be updated: %s", complaints)
		}
		if _, complaints, code := u.types("ps", "--remote", "far", "--project", "default"); code != 1 {
			t.Errorf("another project can be seen: %s", complaints)
		}
	})
}

// updatesFar updates the instance web of the project team, and goes back. A project that has
// room for one instance says so, and nothing changes.
func (u user) updatesFar(tag string) {
	t := u.t
	t.Helper()
	c := inProject(t, u.d, "team")
	before := u.instance(c, "web")
	if err := c.WriteFile(t.Context(), "web", "/data/kept", daemon.File{Mode: 0o644}, strings.NewReader("kept")); err != nil {
		t.Fatal(err)
	}
	is := func(newer bool) {
		t.Helper()
		i := u.instance(c, "web")
		if data, err := c.ReadFile(t.Context(), "web", "/data/kept", 10); err != nil || string(data) != "kept" || !i.Running() || (i.Config["volatile.uuid"] != before.Config["volatile.uuid"]) != newer {
			t.Errorf("it is %s, another one: %v, its data %q, %v", i.Status, !newer, data, err)
		}
	}
	publishes(t, tag, "health")
	typed(t, u.d, "project set team limits.containers=1")
	if out, complaints, code := u.types("update", "--remote", "far", "--project", "team", "--steady", "1s", "web"); code != 1 || !strings.Contains(complaints, "web-new") || !strings.Contains(complaints, "aximum number of instances") {
		t.Errorf("without room: exit code %d, %s%s", code, out, complaints)
	}
	is(false)
	u.absent(c, "web-new", "web-old", "web-failed")
	typed(t, u.d, "project unset team limits.containers")
	u.does("update", "--remote", "far", "--project", "team", "--steady", "1s", "web")
	is(true)
	u.does("revert", "--remote", "far", "--project", "team", "web")
	is(false)
}

// unattendedFar has an agent update an instance there.
func (u user) unattendedFar(types func(line string) string) {
	t := u.t
	t.Helper()
	tag := tagFor(u.d, "robot")
	publishes(t, tag, "goserver")
	u.does("run", "-d", "--remote", "far", "--project", "team", "--name", "robot", image(tag))
	types("config set robot user.lxdocker.update auto --project team")
	publishes(t, tag, "health")
	if out, complaints, code := u.types("agent", "--once", "--remote", "far", "--project", "team", "--steady", "1s"); code != 0 || !strings.Contains(complaints, "robot ("+image(tag)+") was updated") || !strings.Contains(out, " current ") {
		t.Errorf("the agent: exit code %d, %s%s", code, out, complaints)
	}
	u.does("rm", "--remote", "far", "--project", "team", "robot-old")
	u.does("rm", "-f", "-v", "--remote", "far", "--project", "team", "robot")
}

// cleared removes what is in a project of a remote.
func (u user) cleared(project string) {
	u.t.Cleanup(func() {
		for _, name := range []string{"web", "web-new", "web-old", "web-failed", "plain", "plain-old", "plain-new", "plain-failed", "robot", "robot-old", "robot-new", "robot-failed"} {
			u.types("rm", "-f", "-v", "--remote", "far", "--project", project, name)
		}
	})
}
