package programs

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// Networked is Again in a network namespace of its own, where it calls AddAddresses. It needs
// root, and prints where this program prints.
func Networked(ctx context.Context, args ...string) (*exec.Cmd, error) {
	cmd, err := Again(ctx, args...)
	if err != nil {
		return nil, err
	}
	cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWNET
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd, nil
}

// AddAddresses gives the network namespace of this process addresses that are not those of
// loopback, from where connections have no share of a server. format makes them of the numbers
// from first to last, such as 10.0.0.%d.
func AddAddresses(ctx context.Context, format string, first, last int) error {
	commands := [][]string{{"link", "set", "lo", "up"}}
	for n := first; n <= last; n++ {
		commands = append(commands, []string{"address", "add", fmt.Sprintf(format, n) + "/24", "dev", "lo"})
	}
	for _, args := range commands {
		if out, err := exec.CommandContext(ctx, "ip", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("running ip %v: %w\n%s", args, err, out)
		}
	}
	return nil
}
