//go:build e2e

package hub

import (
	"strings"
	"testing"
	"time"

	"lxdocker/test/testbed"
)

// TestALaunchGetsWhatTheTagMeansNow: nobody has looked at the tag since it moved, and
// the daemon has forgotten the image from before.
func TestALaunchGetsWhatTheTagMeansNow(t *testing.T) {
	t.Parallel()
	s := newSite(t, bed.Registry, "--every", "24h")
	each(t, func(t *testing.T, d testbed.Daemon) {
		name := "e2e/now-" + strings.ToLower(strings.ReplaceAll(d.Name, " ", ""))
		tag(t, "nginx", name+":latest")
		d = s.client(t, d)
		base := func(instance string) string {
			t.Helper()
			if _, err := d.Run(t.Context(), "init", "hub:"+name, instance); err != nil {
				t.Fatal(err)
			}
			fingerprint, err := d.Run(t.Context(), "config", "get", instance, "volatile.base_image")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := d.Run(t.Context(), "delete", instance); err != nil {
				t.Error(err)
			}
			return strings.TrimSpace(fingerprint)
		}
		old := base("before")
		tag(t, "nginx-next", name+":latest")
		if _, err := d.Run(t.Context(), "image", "delete", old); err != nil {
			t.Fatal(err)
		}
		time.Sleep(31 * time.Second) // one launch and the next are not taken for one
		if fresh := base("after"); fresh == old {
			t.Errorf("the instance was made of the old image, %s", old)
		}
	})
}
