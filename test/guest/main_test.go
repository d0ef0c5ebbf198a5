//go:build e2e

package guest

import (
	"cmp"
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
	wanted := strings.Split(cmp.Or(os.Getenv("LXDOCKER_GUEST_DAEMONS"), "lxd,incus"), ",")
	commands := append([]string{"packages", "images " + strings.Join(needed, " ")}, wanted...)
	if bed, err = testbed.Up(ctx, root, os.Stderr, commands...); err != nil {
		return nil, err
	}
	for _, name := range wanted {
		d, ok := map[string]testbed.Daemon{"lxd": bed.LXD, "incus": bed.Incus, "incus7": bed.Incus7}[name]
		if !ok || d.Name == "" {
			return nil, errors.Join(fmt.Errorf("LXDOCKER_GUEST_DAEMONS: there is no daemon %q", name), bed.Close())
		}
		daemons = append(daemons, d)
	}
	return bed, nil
}
