//go:build e2e

package home

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lxdocker/test/testbed"
)

const root = "../.." // the repository

var (
	programs string           // folder of lxdocker and imgserver, as just built
	deb      string           // the package of Debian, as just built
	bed      *testbed.Testbed // what the tests run against
	daemons  []testbed.Daemon
	suites   = []string{"bookworm"} // of Debian: that of the first container, and of the one in its place
)

func TestMain(m *testing.M) {
	os.Exit(testbed.Main(root, []string{"lxdocker", "imgserver"}, start, m.Run))
}

// start makes the package while the daemons start.
func start(ctx context.Context, folder string) (*testbed.Testbed, error) {
	programs = folder
	packed := make(chan error, 1)
	go func() {
		if deb = os.Getenv("LXDOCKER_HOME_DEB"); deb != "" {
			packed <- nil
			return
		}
		out, err := exec.CommandContext(ctx, filepath.Join(root, "packaging/deb"), filepath.Join(folder, "deb")).Output()
		if deb = strings.TrimSpace(string(out)); err != nil {
			err = fmt.Errorf("making the package: %w\n%s", err, out)
		}
		packed <- err
	}()
	parts := []string{"packages", "images goserver", "lxd named", "incus named"}
	if suite := os.Getenv("LXDOCKER_HOME_SUITE"); suite != "" && suite != suites[0] {
		suites = append(suites, suite)
	}
	for _, suite := range suites {
		parts = append(parts, "system "+suite)
	}
	var err error
	bed, err = testbed.Up(ctx, root, os.Stderr, parts...)
	if failed := <-packed; err == nil {
		err = failed
	}
	if bed != nil && err != nil {
		_ = bed.Close()
		return nil, err
	}
	if err == nil {
		daemons, err = bed.Daemons([]string{"lxd", "incus"})
	}
	return bed, err
}

// each runs a test for every daemon.
func each(t *testing.T, test func(t *testing.T, d testbed.Daemon)) {
	t.Helper()
	testbed.Each(t, daemons, test)
}
