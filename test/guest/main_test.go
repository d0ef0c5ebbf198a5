//go:build e2e

package guest

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
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
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "guest:", err)
		code = 1
	}
	os.Exit(code)
}

// run lets its deferred calls happen, which os.Exit would not.
func run(m *testing.M) (code int, err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	wanted := strings.Split(cmp.Or(os.Getenv("LXDOCKER_GUEST_DAEMONS"), "lxd,incus"), ",")
	if work, err = os.MkdirTemp("", "lxdocker-guest-"); err != nil {
		return 1, err
	}
	defer os.RemoveAll(work)
	lxdocker = filepath.Join(work, "lxdocker")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", lxdocker, "./cmd/lxdocker")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return 1, fmt.Errorf("building lxdocker: %w\n%s", err, out)
	}
	commands := append([]string{"packages", "images " + strings.Join(needed, " ")}, wanted...)
	if parts, err = lab.Up(ctx, root, os.Stderr, commands...); err != nil {
		return 1, err
	}
	defer func() {
		if closing := parts.Close(); closing != nil && err == nil {
			code, err = 1, closing
		}
	}()
	for _, name := range wanted {
		d, ok := map[string]lab.Daemon{"lxd": parts.LXD, "incus": parts.Incus, "incus7": parts.Incus7}[name]
		if !ok || d.Name == "" {
			return 1, fmt.Errorf("LXDOCKER_GUEST_DAEMONS: there is no daemon %q", name)
		}
		daemons = append(daemons, d)
	}
	ended := make(chan int, 1)
	go func() { ended <- m.Run() }()
	select {
	case code = <-ended:
	case <-ctx.Done():
		return 1, fmt.Errorf("interrupted: the lab is taken down")
	}
	if code != 0 {
		for _, name := range wanted {
			fmt.Printf("--- the end of %s's log:\n%s\n", name, parts.Log(name))
		}
	}
	return code, nil
}
