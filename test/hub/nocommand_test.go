//go:build e2e

package hub

import (
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"lxdocker/test/testbed"
)

// TestAnImageWithoutACommandSaysWhatToSet: it is converted on demand, as others; its start
// says the sentence, and whoever does what it says has a container.
func TestAnImageWithoutACommandSaysWhatToSet(t *testing.T) {
	t.Parallel()
	configured(t, "goserver", "e2e/no-command", func(c *v1.Config) { c.Entrypoint, c.Cmd = nil, nil })
	s := newSite(t, bed.Registry)
	each(t, func(t *testing.T, d testbed.Daemon) {
		d = s.client(t, d)
		i := testbed.LaunchIn(t, d, "hub:e2e/no-command", "no-command")
		until(t, time.Minute, "the console says what to set", func() bool {
			return strings.Contains(i.Console(t.Context()), "cannot start: the image names no command to run: set LXDOCKER_CMD, or cmd in the spec")
		})
		until(t, time.Minute, "it has ended", func() bool {
			state, err := d.Run(t.Context(), "list", "^no-command$", "--format", "csv", "--columns", "s")
			return err == nil && strings.TrimSpace(state) == "STOPPED"
		})
		until(t, time.Minute, "its end is over for the daemon, too", func() bool {
			_, err := d.Run(t.Context(), "config", "set", "no-command", "environment.LXDOCKER_CMD", "/goserver one")
			return err == nil
		})
		if err := i.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := status(t, i, "8080").Args; strings.Join(got, " ") != "/goserver one" {
			t.Errorf("it runs %q", got)
		}
	})
}

// configured pushes an image of the testbed with something else in its configuration.
func configured(t *testing.T, image, as string, change func(*v1.Config)) {
	t.Helper()
	base, to := baseOf(t, image, as)
	file, err := base.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	config := file.Config
	change(&config)
	changed, err := mutate.Config(base, config)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(to, changed, remote.WithContext(t.Context())); err != nil {
		t.Fatal(err)
	}
}
