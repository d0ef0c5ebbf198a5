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

	"lxdocker/test/lab"
)

const root = "../.." // the repository

var (
	lxdocker string   // the program, as just built
	work     string   // a folder for images
	parts    *lab.Lab // what the tests run against
	daemons  []lab.Daemon
)

func TestMain(m *testing.M) {
	os.Exit(lab.Main(root, []string{"lxdocker"}, start, m.Run))
}

// start starts the daemons that are asked for: lxd, incus, incus7.
func start(ctx context.Context, folder string) (_ *lab.Lab, err error) {
	work, lxdocker = folder, filepath.Join(folder, "lxdocker")
	wanted := strings.Split(cmp.Or(os.Getenv("LXDOCKER_GUEST_DAEMONS"), "lxd,incus"), ",")
	commands := append([]string{"packages", "images " + strings.Join(needed, " ")}, wanted...)
	if parts, err = lab.Up(ctx, root, os.Stderr, commands...); err != nil {
		return nil, err
	}
	for _, name := range wanted {
		d, ok := map[string]lab.Daemon{"lxd": parts.LXD, "incus": parts.Incus, "incus7": parts.Incus7}[name]
		if !ok || d.Name == "" {
			return nil, errors.Join(fmt.Errorf("LXDOCKER_GUEST_DAEMONS: there is no daemon %q", name), parts.Close())
		}
		daemons = append(daemons, d)
	}
	return parts, nil
}
