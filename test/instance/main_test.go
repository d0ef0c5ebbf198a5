//go:build e2e

package instance

import (
	"context"
	"errors"
	"fmt"
	"os"
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
	wanted := testbed.DaemonsOf("LXDOCKER_INSTANCE_DAEMONS")
	commands := append([]string{"packages", "images goserver nginx nginx-next health redis postgres"}, wanted...)
	if bed, err = testbed.Up(ctx, root, os.Stderr, commands...); err != nil {
		return nil, err
	}
	if daemons, err = bed.Daemons(wanted); err != nil {
		return nil, errors.Join(fmt.Errorf("LXDOCKER_INSTANCE_DAEMONS: %w", err), bed.Close())
	}
	return bed, nil
}

// each runs a test for every daemon.
func each(t *testing.T, test func(t *testing.T, d testbed.Daemon)) {
	t.Helper()
	testbed.Each(t, daemons, test)
}
