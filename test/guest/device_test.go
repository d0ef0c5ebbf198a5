//go:build e2e

package guest

import (
	"slices"
	"testing"

	"lxdocker/test/testbed"
)

// TestAUserMayUseTheDevicesOfTheInstance: of the image's groups, none has the number that the
// device has.
func TestAUserMayUseTheDevicesOfTheInstance(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d testbed.Daemon) {
		for name, test := range map[string]struct {
			spec   string
			groups []int
		}{
			"a user":          {"user: 1500:1501\n", []int{44, 992, 1501}},
			"a user as PID 1": {"user: 1500:1501\ndisable_supervisor: true\n", []int{44, 992, 1501}},
			"more groups":     {"user: 1500:1501\ngroups: [video, 4711]\nfiles: {/etc/group: \"video:x:60:\\n\"}\n", []int{44, 60, 992, 1501, 4711}},
			"root":            {"user: 0\n", []int{0}},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				c := initialize(t, d, "goserver", test.spec)
				// Both are the host's /dev/null.
				c.must("config", "device", "add", c.Name, "camera", "unix-char", "path=/dev/video0", "major=1", "minor=3", "gid=44", "mode=0660")
				c.must("config", "device", "add", c.Name, "card", "unix-char", "path=/dev/dri/renderD128", "major=1", "minor=3", "gid=992", "mode=0660")
				c.start()
				if s := c.status(); !slices.Equal(s.Groups, test.groups) {
					t.Errorf("its groups are %v, not %v", s.Groups, test.groups)
				}
				c.exec("/lxd-enter", "/busybox-lxd", "sh", "-c", "echo x >/dev/video0 && echo x >/dev/dri/renderD128")
				c.silent("groups")
			})
		}
	})
}
