//go:build e2e

package instance

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"lxdocker/test/testbed"
)

// A device has the group of the host's, which an application gets that is not root, also if
// its image knows no such group.
func TestAnApplicationMayUseTheDevicesThatItWasGiven(t *testing.T) {
	each(t, func(t *testing.T, d testbed.Daemon) {
		u, c := at(t, d), connect(t, d)
		u.gone("devices")
		folder, err := os.MkdirTemp("/dev", "lxdocker-test") // both daemons want devices to be there
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(folder)
		address := unused(t)
		node := filepath.Join(folder, "node")
		if err := syscall.Mknod(node, syscall.S_IFCHR|0o660, 1<<8|3); err != nil { // the host's /dev/null
			t.Fatal(err)
		}
		if err := errors.Join(os.Chown(node, 0, 4711), os.Chmod(node, 0o660)); err != nil { // whatever the umask
			t.Fatal(err)
		}
		u.does("run", "-d", "--name", "devices", "-p", address+":8080", "--user", "1000:1001", "--privileged=nesting",
			"--device", node+":/dev/given", "--device", folder+":/dev/all", image("goserver"))
		if s := answers(t, address); !slices.Contains(s.Groups, 4711) {
			t.Errorf("its groups are %v", s.Groups)
		}
		var out bytes.Buffer
		code, err := c.Exec(t.Context(), "devices", []string{"/lxd-enter", "/busybox-lxd", "sh", "-c", "id; echo x >/dev/given && echo x >/dev/all/node"}, &out, &out)
		if err != nil || code != 0 {
			t.Errorf("exit code %d, %v: %s", code, err, &out)
		}
		if i := u.instance(c, "devices"); i.Config["security.nesting"] != "true" || i.Config["security.privileged"] != "" {
			t.Errorf("its settings are %q", i.Config)
		}
	})
}

func TestRootOfAPrivilegedInstanceIsThatOfTheHost(t *testing.T) {
	each(t, func(t *testing.T, d testbed.Daemon) {
		u := at(t, d)
		u.gone("host")
		want, err := os.ReadFile("/proc/self/uid_map")
		if err != nil {
			t.Fatal(err)
		}
		if out := u.does(u.shell("host", "/busybox-lxd cat /proc/self/uid_map", "--privileged", "--yes")...); out != string(want) {
			t.Errorf("its users are those of the host so: %s", out)
		}
	})
}
