//go:build e2e

package e2e

import (
	"context"
	"strings"
	"testing"
	"time"

	"lxdocker/test/testbed"
)

// TestEveryImage is the whole way, for each image on each daemon: converted
// from the registry, launched from imgserver, answering over the bridge,
// stopped and started with nothing lost.
func TestEveryImage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	names := make([]string, 0, len(applications))
	for _, a := range applications {
		names = append(names, a.image)
	}
	s.from(t, names...)
	s.build(t)
	h := s.serve(t)
	images := mustOffer(t, s, h, names...)
	for _, d := range []testbed.Daemon{bed.LXD, bed.Incus} {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			d := h.remote(t, d)
			for _, a := range applications {
				t.Run(a.image, func(t *testing.T) {
					t.Parallel()
					image := images[a.image]
					if a.tarball != (image.fingerprint != image.incus) {
						t.Errorf("Incus is offered %s, LXD %s", image.incus, image.fingerprint)
					}
					live(t, d, a, image.in(d))
				})
			}
		})
	}
}

// live takes one container through its life.
func live(t *testing.T, d testbed.Daemon, a application, fingerprint string) {
	i := testbed.LaunchIn(t, d, "hub:"+a.image, "e2e-"+a.image)
	if has(t, d, fingerprint) == nil {
		t.Errorf("the daemon does not have the image %s", fingerprint)
	}
	address := await(t, i, a.answers)
	if a.inspect != nil {
		a.inspect(t, i, address)
	}
	if err := a.keep(t.Context(), i, address); err != nil {
		t.Fatalf("giving it something to keep: %v", err)
	}
	stopCleanly(t, i, a.ends)

	if err := i.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	address = await(t, i, a.answers)
	if err := a.kept(t.Context(), i, address); err != nil {
		t.Errorf("after a stop and a start: %v", err)
	}
	after := i.ConsoleNow(t.Context())
	for _, regret := range a.regrets {
		if strings.Contains(after, regret) {
			t.Errorf("after a clean stop its log says %q:\n%s", regret, after)
		}
	}

	began := time.Now()
	if err := i.Restart(t.Context(), 10*time.Second); err != nil {
		t.Fatalf("restarting it: %v\n%s", err, i.Console(t.Context()))
	}
	t.Logf("restarted in %v", time.Since(began).Round(time.Millisecond))
	address = await(t, i, a.answers)
	if err := a.kept(t.Context(), i, address); err != nil {
		t.Errorf("after a restart: %v", err)
	}
}

// await waits until the application answers, and returns where.
func await(t *testing.T, i *testbed.Instance, answers func(context.Context, string) error) string {
	t.Helper()
	began := time.Now()
	address, err := i.Await(t.Context(), answers)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("answers at %s after %v", address, time.Since(began).Round(time.Millisecond))
	return address
}

// stopCleanly stops it as a user does. The application must be asked in its own
// way, and be given the time that it needs.
func stopCleanly(t *testing.T, i *testbed.Instance, ends []string) {
	t.Helper()
	took, err := i.Stop(t.Context(), 10*time.Second)
	console := i.Console(t.Context())
	if err != nil {
		t.Fatalf("stopping it: %v\n%s", err, console)
	}
	t.Logf("stopped in %v", took.Round(time.Millisecond))
	for _, line := range ends {
		if !strings.Contains(console, line) {
			t.Errorf("its log does not say %q at the stop:\n%s", line, console)
		}
	}
}

// has returns what the daemon says of an image, or nil.
func has(t *testing.T, d testbed.Daemon, fingerprint string) *testbed.Image {
	t.Helper()
	images, err := d.Images(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range images {
		if i.Fingerprint == fingerprint {
			return &i
		}
	}
	return nil
}
