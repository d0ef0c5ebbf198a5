//go:build e2e

package home

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"lxdocker/test/testbed"
)

// TestThePackageInAContainer: the daemon launches an image that a container of its own serves
// under its name; restarts, another container and a restored backup change nothing for it.
func TestThePackageInAContainer(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d testbed.Daemon) {
		s := newSite(t, d)
		for _, suite := range suites {
			s.types(fmt.Sprintf("lxc image import %[1]s/metadata.tar %[1]s/rootfs.tar --alias %[2]s", filepath.Join(bed.Dir, "system", suite), suite))
		}
		s.leaves([]string{"lxdocker", "web"}, []string{"lxdocker", "lxdocker-etc"}, suites,
			"sh", "-c", "journalctl --no-pager -n 50; tail -n 50 /var/log/cloud-init-output.log")

		s.does("Set up", "volume create")
		s.does("Set up", "lxc init")
		restart := "lxc exec lxdocker -- systemctl restart imgserver"
		registry := fmt.Sprintf(`lxc exec lxdocker -- sh -c 'printf "mirror: [docker.io=%[1]s]\ninsecure-registry: [%[1]s]\n" >>/etc/lxdocker/config.yaml'`, s.registry)
		s.does("Set up", "on-demand", restart, registry+"\n"+restart)
		certificate := s.does("Set up", "cert show")
		s.does("Set up", "lxc launch", "hub:nginx", "hub:goserver")
		s.answers("web")
		image := s.offers("hub:goserver")
		if privileges := s.types("lxc config get lxdocker security.privileged; lxc config get lxdocker security.nesting"); strings.TrimSpace(privileges) != "" {
			t.Errorf("it has privileges, or nesting: %q", privileges)
		}
		same := func(after string) {
			t.Helper()
			if now := s.offers("hub:goserver"); now != image {
				t.Errorf("%s, the image is %s and not %s", after, now, image)
			}
			if now := s.types("lxc exec lxdocker -- imgserver cert show"); !strings.Contains(now, fingerprint(t, certificate)) {
				t.Errorf("%s, the certificate is another one:\n%s\nbefore:\n%s", after, now, certificate)
			}
		}

		s.types("lxc restart lxdocker")
		same("after a restart")

		s.does("Back up", "tar -C /")
		s.types("lxc delete --force lxdocker")
		s.does("Set up", "lxc init", "images:debian/12/cloud", suites[len(suites)-1])
		if len(suites) > 1 {
			// Images have the busybox of the container's Debian.
			image = s.offers("hub:goserver")
		}
		same("in another container")

		s.types("lxc exec lxdocker -- sh -c 'systemctl stop imgserver; rm -r /etc/lxdocker/* /var/lib/lxdocker/*'")
		s.does("Restore, or move to another machine", "lxc file push backup.tgz")
		same("after the backup was restored")
		if out := s.types("lxc exec lxdocker -- runuser -u lxdocker -- lxdocker list"); !strings.Contains(out, "goserver") {
			t.Errorf("lxdocker list says %q", out)
		}
	})
}

// fingerprint is what `imgserver cert show` says.
func fingerprint(t *testing.T, shown string) string {
	t.Helper()
	_, rest, found := strings.Cut(shown, "Certificate fingerprint: ")
	if !found {
		t.Fatalf("no fingerprint in %q", shown)
	}
	fingerprint, _, _ := strings.Cut(rest, "\n")
	return fingerprint
}
