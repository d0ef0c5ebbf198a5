//go:build e2e

package e2e

import (
	"context"
	"os"
	"testing"

	"lxdocker/test/testbed"
)

const root = "../.." // the repository

var (
	programs string           // folder of lxdocker and imgserver, as just built
	bed      *testbed.Testbed // what the tests run against
)

func TestMain(m *testing.M) {
	os.Exit(testbed.Main(root, []string{"lxdocker", "imgserver"}, func(ctx context.Context, folder string) (_ *testbed.Testbed, err error) {
		programs = folder
		bed, err = testbed.Up(ctx, root, os.Stderr)
		return bed, err
	}, m.Run))
}
