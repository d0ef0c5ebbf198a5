//go:build e2e

package hub

import (
	"strings"
	"testing"

	"lxdocker/test/testbed"
)

// TestACopyThroughTheCommandLine: with --mode relay the command line itself fetches the
// files, for a daemon that does not reach the server. It takes them by fingerprint only:
// it compares their hash with what was typed. Whoever types a name is told what to type.
func TestACopyThroughTheCommandLine(t *testing.T) {
	t.Parallel()
	s := newSite(t, bed.Registry)
	// Names of its own: an image that others download at the same moment has the same
	// fingerprint, and is one image for the daemon.
	tag(t, "goserver", "e2e/relayed")
	tag(t, "caps", "e2e/relayed-caps")
	each(t, func(t *testing.T, d testbed.Daemon) {
		d = s.client(t, d)
		for _, image := range []struct{ name, alias string }{{"e2e/relayed", "relayed"}, {"e2e/relayed-caps:latest", "relayed-long"}} {
			relay := func(word string) error {
				_, err := d.Run(t.Context(), "image", "copy", "hub:"+word, "local:", "--alias", image.alias, "--mode", "relay")
				return err
			}
			err := relay(image.name)
			_, advised, ok := strings.Cut(strings.TrimSpace(errorText(err)), "an image is exported by its fingerprint: say REMOTE:")
			if !ok {
				t.Fatalf("a copy of %s by name: %v", image.name, err)
			}
			t.Cleanup(func() { _, _ = d.Run(t.Context(), "image", "delete", image.alias) })
			if err := relay(advised); err != nil {
				t.Fatal(err)
			}
			want, got := fingerprint(t, d, "hub:"+image.name), fingerprint(t, d, image.alias)
			if !strings.HasPrefix(want, advised) || got != want {
				t.Errorf("the copy of %s is %q, the server has %q and says %q", image.name, got, want, advised)
			}
		}
		if s := status(t, testbed.LaunchIn(t, d, "relayed", "relayed"), "8080"); !strings.HasSuffix(s.Args[0], "goserver") {
			t.Errorf("the copy runs %q", s.Args)
		}
	})
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
