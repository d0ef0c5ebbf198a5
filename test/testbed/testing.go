package testbed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// DaemonsOf returns the daemons that an environment variable lists, such as
// "lxd,incus", which is the default, as commands of Up and as keys of Daemons.
func DaemonsOf(variable string) []string {
	return strings.Split(cmp.Or(os.Getenv(variable), "lxd,incus"), ",")
}

// Daemons returns those with these names: lxd, incus, incus7.
func (b *Testbed) Daemons(names []string) ([]Daemon, error) {
	var daemons []Daemon
	for _, name := range names {
		d, ok := map[string]Daemon{"lxd": b.LXD, "incus": b.Incus, "incus7": b.Incus7}[name]
		if !ok || d.Name == "" {
			return nil, fmt.Errorf("there is no daemon %q", name)
		}
		daemons = append(daemons, d)
	}
	return daemons, nil
}

// Each runs a test on every daemon, beside each other.
func Each(t *testing.T, daemons []Daemon, test func(t *testing.T, d Daemon)) {
	t.Helper()
	for _, d := range daemons {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			test(t, d)
		})
	}
}

// LaunchIn starts a container that goes away with the test.
func LaunchIn(t *testing.T, d Daemon, image, name string, options ...string) *Instance {
	t.Helper()
	began := time.Now()
	i, err := d.Launch(t.Context(), image, name, options...)
	t.Cleanup(func() {
		// The test's own context has ended by now.
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if t.Failed() {
			t.Logf("the console of %s on %s:\n%s", name, d.Name, i.Console(ctx))
		}
		if err := i.Delete(ctx); err != nil {
			t.Log(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s launched in %v", image, time.Since(began).Round(time.Millisecond))
	return i
}

// Await waits until an application answers at the address of its container, and
// returns that. If it has ended meanwhile, there is nothing to wait for.
func (i *Instance) Await(ctx context.Context, answers func(ctx context.Context, address string) error) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	address, err := i.Address(ctx)
	if err != nil {
		return "", err
	}
	for {
		err := answers(ctx, address)
		if err == nil {
			return address, nil
		}
		if _, gone := i.Address(ctx); gone != nil {
			return "", fmt.Errorf("%s does not answer at %s: %w", i.Name, address, errors.Join(err, gone))
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("%s does not answer at %s: %w", i.Name, address, err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// ExpectPage returns an error if a page is not as wanted.
func ExpectPage(ctx context.Context, address, path, want string) error {
	got, err := Get(ctx, "GET", address, path, "")
	if err == nil && got != want {
		err = fmt.Errorf("the page %s is %q, not %q", path, got, want)
	}
	return err
}
