//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"lxdocker/test/lab"
)

const root = "../.." // the repository

var (
	programs string   // folder of lxdocker and imgserver, as just built
	parts    *lab.Lab // what the tests run against
)

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = 1
	}
	os.Exit(code)
}

// run lets its deferred calls happen, which os.Exit would not.
func run(m *testing.M) (code int, err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	if programs, err = os.MkdirTemp("", "lxdocker-e2e-"); err != nil {
		return 1, err
	}
	defer os.RemoveAll(programs)
	if err := buildPrograms(ctx); err != nil {
		return 1, err
	}
	if parts, err = lab.Up(ctx, root, os.Stderr); err != nil {
		return 1, err
	}
	defer func() {
		if closing := parts.Close(); closing != nil && err == nil {
			code, err = 1, closing
		}
	}()
	ended := make(chan int, 1)
	go func() { ended <- m.Run() }()
	select {
	case code = <-ended:
	case <-ctx.Done():
		return 1, fmt.Errorf("interrupted: the lab is taken down")
	}
	if code != 0 {
		for _, part := range []string{"lxd", "incus"} {
			fmt.Printf("--- the end of %s's log:\n%s\n", part, parts.Log(part))
		}
	}
	return code, nil
}

func buildPrograms(ctx context.Context) error {
	for _, name := range []string{"lxdocker", "imgserver"} {
		cmd := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(programs, name), "./cmd/"+name)
		cmd.Dir = root
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("building %s: %w\n%s", name, err, out)
		}
	}
	return nil
}
