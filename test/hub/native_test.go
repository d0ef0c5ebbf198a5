//go:build e2e

package hub

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"lxdocker/test/testbed"
)

// TestApplicationContainers: where the daemon knows application containers, an
// image of the hub is one; everywhere it runs alike, and its updates bring what
// the new image runs.
func TestApplicationContainers(t *testing.T) {
	t.Parallel()
	s := newSite(t, bed.Registry, "--every", "1s")
	each(t, func(t *testing.T, d testbed.Daemon) {
		native := d.Name == "Incus 7"
		name := "e2e/native-" + strings.ToLower(strings.ReplaceAll(d.Name, " ", ""))
		tag(t, "goserver", name+":latest")
		d = s.client(t, d)
		i := testbed.LaunchIn(t, d, "hub:"+name, "native")
		before := status(t, i, "8080")
		if before.PID == 1 {
			t.Error("our init is not before it")
		}
		list, err := d.Own(t.Context(), "list", "native", "--format", "csv", "--columns", "t")
		if err != nil {
			t.Fatal(err)
		}
		if native != strings.Contains(list, "CONTAINER (APP)") {
			t.Errorf("it is listed as %q", list)
		}
		kind, err := d.Run(t.Context(), "config", "get", "native", "image.type")
		if err != nil {
			t.Fatal(err)
		}
		if native != (strings.TrimSpace(kind) == "oci") {
			t.Errorf("its image.type is %q", kind)
		}
		if d.Name == "LXD" {
			return // 5.0.2 cannot rebuild
		}
		old := s.alias(t, name)
		tag(t, "caps", name+":latest") // the same program with other settings
		until(t, time.Minute, "the server has the new image", func() bool { return s.alias(t, name) != old })
		if _, err := d.Run(t.Context(), "rebuild", "hub:"+name, "native", "--force"); err != nil {
			t.Fatal(err)
		}
		if err := i.Start(t.Context()); err != nil && !strings.Contains(err.Error(), "already running") {
			t.Fatal(err)
		}
		after := status(t, i, "80")
		if strings.Join(after.Args, " ") == strings.Join(before.Args, " ") && strings.Join(after.Env, " ") == strings.Join(before.Env, " ") {
			t.Errorf("after the rebuild it still runs %q with %q", after.Args, after.Env)
		}
	})
}

// status waits until the program goserver answers, and returns what it says.
func status(t *testing.T, i *testbed.Instance, port string) (s testbed.Status) {
	t.Helper()
	_, err := i.Await(t.Context(), func(ctx context.Context, address string) (err error) {
		s, err = testbed.Goserver(address + ":" + port).Status(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestBothProtocols: an image is the same one whichever way it comes.
func TestBothProtocols(t *testing.T) {
	t.Parallel()
	s := newSite(t, bed.Registry)
	for _, name := range []string{"goserver", "caps"} {
		s.alias(t, name)
	}
	each(t, func(t *testing.T, d testbed.Daemon) {
		native := s.client(t, d)
		streams := d.WithConfig(t.TempDir())
		if err := streams.AddRemote(t.Context(), "hub", s.URL, s.Certificate); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"library/goserver:latest", "caps"} {
			one, other := fingerprint(t, native, "hub:"+name), fingerprint(t, streams, "hub:"+name)
			if len(one) < 12 || !strings.HasPrefix(one, other) && !strings.HasPrefix(other, one) {
				t.Errorf("%s is %q and %q", name, one, other)
			}
		}
	})
	response, err := s.Client.Get(s.URL + "/")
	if err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("the page for people: %v (%v)", response, err)
	}
}
