//go:build e2e

package instance

import (
	"strings"
	"testing"

	"lxdocker/test/testbed"
)

// A certificate that is restricted to one project is all that is needed.
func TestARestrictedCertificateIsEnough(t *testing.T) {
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
		if d.Name == "Incus" {
			trust = "config trust add robot --restricted --projects team --quiet"
		}
		lines := strings.Fields(types(trust))
		far := d.WithConfig(home)
		if _, err := far.Run(t.Context(), "remote", "add", "far", lines[len(lines)-1]); err != nil {
			t.Fatal(err)
		}
		conf := map[string]string{"LXD": "LXD_CONF", "Incus": "INCUS_CONF"}[d.Name]
		u := user{t, d, []string{conf + "=" + home, "HOME=" + home}}
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
		u.does("run", "-d", "--remote", "far", "--project", "team", "--name", "web", image("goserver"))
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
		if out := u.does("stop", "--remote", "far", "--project", "team", "web"); !strings.Contains(out, "web: ") {
			t.Errorf("stop prints %s", out)
		}
		if out := u.does("rm", "-v", "--remote", "far", "--project", "team", "web"); !strings.Contains(out, "volume web-data") {
			t.Errorf("rm prints %s", out)
		}
		if _, complaints, code := u.types("ps", "--remote", "far", "--project", "default"); code != 1 {
			t.Errorf("another project can be seen: %s", complaints)
		}
	})
}

// cleared removes what is in a project of a remote.
func (u user) cleared(project string) {
	u.t.Cleanup(func() {
		for _, name := range []string{"web", "plain", "plain-old", "plain-new", "plain-failed"} {
			u.types("rm", "-f", "-v", "--remote", "far", "--project", project, name)
		}
	})
}
