//go:build e2e

package hub

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"lxdocker/test/testbed"
)

const root = "../.." // the repository

var (
	programs string           // folder of lxdocker and imgserver, as just built
	bed      *testbed.Testbed // what the tests run against
	daemons  []testbed.Daemon
)

func TestMain(m *testing.M) {
	os.Exit(testbed.Main(root, []string{"lxdocker", "imgserver"}, start, m.Run))
}

func start(ctx context.Context, folder string) (_ *testbed.Testbed, err error) {
	programs = folder
	wanted := strings.Split(cmp.Or(os.Getenv("LXDOCKER_HUB_DAEMONS"), "lxd,incus"), ",")
	commands := append([]string{"packages", "images nginx nginx-next goserver caps " + large()}, wanted...)
	if bed, err = testbed.Up(ctx, root, os.Stderr, commands...); err != nil {
		return nil, err
	}
	for _, name := range wanted {
		d, ok := map[string]testbed.Daemon{"lxd": bed.LXD, "incus": bed.Incus, "incus7": bed.Incus7}[name]
		if !ok || d.Name == "" {
			return nil, errors.Join(fmt.Errorf("LXDOCKER_HUB_DAEMONS: there is no daemon %q", name), bed.Close())
		}
		daemons = append(daemons, d)
	}
	return bed, nil
}

// each runs a test for every daemon.
func each(t *testing.T, test func(t *testing.T, d testbed.Daemon)) {
	for _, d := range daemons {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			test(t, d)
		})
	}
}
