//go:build e2e

package guest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lxdocker/test/testbed"
)

const root = "../.." // the repository

var (
	lxdocker string           // the program, as just built
	work     string           // a folder for images
	bed      *testbed.Testbed // what the tests run against
	daemons  []testbed.Daemon
)

func TestMain(m *testing.M) {
	os.Exit(testbed.Main(root, []string{"lxdocker"}, start, m.Run))
}

// start starts the daemons that are asked for: lxd, incus, incus7.
func start(ctx context.Context, folder string) (_ *testbed.Testbed, err error) {
	work, lxdocker = folder, filepath.Join(folder, "lxdocker")
	wanted := testbed.DaemonsOf("LXDOCKER_GUEST_DAEMONS")
	commands := append([]string{"packages", "images " + strings.Join(needed, " ")}, wanted...)
	if bed, err = testbed.Up(ctx, root, os.Stderr, commands...); err != nil {
		return nil, err
	}
	if daemons, err = bed.Daemons(wanted); err != nil {
		return nil, errors.Join(fmt.Errorf("LXDOCKER_GUEST_DAEMONS: %w", err), bed.Close())
	}
	return bed, nil
}
