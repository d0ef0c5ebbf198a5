//go:build e2e

package e2e

import (
	"context"
	"os"
	"testing"

	"lxdocker/test/lab"
)

const root = "../.." // the repository

var (
	programs string   // folder of lxdocker and imgserver, as just built
	parts    *lab.Lab // what the tests run against
)

func TestMain(m *testing.M) {
	os.Exit(lab.Main(root, []string{"lxdocker", "imgserver"}, func(ctx context.Context, folder string) (_ *lab.Lab, err error) {
		programs = folder
		parts, err = lab.Up(ctx, root, os.Stderr)
		return parts, err
	}, m.Run))
}
