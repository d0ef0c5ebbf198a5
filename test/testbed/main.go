package testbed

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"lxdocker/test/programs"
)

// Main is what the TestMain of a package does that tests against the testbed: it
// builds the programs named into a folder, has up start the testbed, runs the tests,
// and takes everything down again, also when it is interrupted. It returns the
// exit code. root is the repository.
func Main(root string, programs []string, up func(ctx context.Context, folder string) (*Testbed, error), tests func() int) int {
	code, err := run(root, programs, up, tests)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testbed:", err)
		return 1
	}
	return code
}

func run(root string, names []string, up func(context.Context, string) (*Testbed, error), tests func() int) (code int, err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	folder, err := os.MkdirTemp("", "lxdocker-testbed-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(folder)
	for _, name := range names {
		if err := programs.Build(ctx, root, folder, "lxdocker/cmd/"+name); err != nil {
			return 1, err
		}
	}
	bed, err := up(ctx, folder)
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, bed.Close()) }()
	ended := make(chan int, 1)
	go func() { ended <- tests() }()
	select {
	case code = <-ended:
	case <-ctx.Done():
		return 1, errors.New("interrupted: the testbed is taken down")
	}
	if code != 0 {
		for _, d := range []Daemon{bed.LXD, bed.Incus, bed.Incus7} {
			if d.Name != "" {
				part := filepath.Base(d.Dir)
				fmt.Printf("--- the end of %s's log:\n%s\n", d.Name, bed.Log(part))
			}
		}
	}
	return code, nil
}
