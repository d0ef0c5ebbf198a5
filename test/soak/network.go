package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// The ways in which the program starts itself.
const (
	inside    = "inside"    // the network namespace
	attackers = "attackers" // a process of their own, which gets time that nobody else wants
)

// host is an address of the namespace that is not on loopback: connections from there
// have no share of a server. 1 is the server's, 2 to 9 are honest.
func host(n int) string { return fmt.Sprintf("10.99.0.%d", n) }

const (
	firstAttacker = 11
	addresses     = 40 // of attackers
)

// hostile starts the program again in a network of its own.
func hostile(ctx context.Context, long time.Duration, logs string) error {
	dir, err := os.MkdirTemp("", "lxdocker-hostile-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", dir+"/", "./cmd/imgserver").CombinedOutput(); err != nil {
		return fmt.Errorf("building: %w\n%s", err, out)
	}
	cmd, err := again(ctx, inside, "-for", long.String(), "-dir", dir, "-logs", logs)
	if err != nil {
		return err
	}
	cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWNET
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}

// again is a command that is this program, which ends with the one that starts it.
func again(ctx context.Context, args ...string) (*exec.Cmd, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	return cmd, nil
}

// makeNetwork gives the namespace its addresses.
func makeNetwork(ctx context.Context) error {
	commands := [][]string{{"link", "set", "lo", "up"}}
	for n := 1; n < firstAttacker+addresses; n++ {
		commands = append(commands, []string{"address", "add", host(n) + "/24", "dev", "lo"})
	}
	for _, args := range commands {
		if out, err := exec.CommandContext(ctx, "ip", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("ip %v: %w\n%s", args, err, out)
		}
	}
	return nil
}

// dialer makes connections that come from one address.
func dialer(n int) *net.Dialer {
	return &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(host(n))}, Timeout: 10 * time.Second}
}

// clientOf is a client of one address. It makes a new connection for each request, as
// command lines do. The certificate is not checked: the bytes are compared.
func clientOf(n int) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext: dialer(n).DialContext, DisableKeepAlives: true, DisableCompression: true,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}}
}

// usage is what the files below a folder take on the disk: one with several names once.
func usage(dir string) (n int64) {
	seen := map[uint64]bool{}
	_ = filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			if st := info.Sys().(*syscall.Stat_t); !seen[st.Ino] {
				seen[st.Ino] = true
				n += st.Blocks * 512
			}
		}
		return nil
	})
	return n
}
