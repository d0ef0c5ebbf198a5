package testbed

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Credentials of the registry at Testbed.Locked.
const (
	User     = "testbed"
	Password = "sesame"
)

// Testbed is a running testbed.
type Testbed struct {
	Dir      string // its state
	Registry string // host:port, plain http; holds library/NAME:latest of the images
	Locked   string // host:port of a registry that asks for User and Password
	LXD      Daemon
	Incus    Daemon
	Incus7   Daemon // no Name unless the commands for Up had an "incus7"

	script string
	lock   *os.File
	log    io.Writer
}

// Up runs the given commands of the script, such as "images nginx", or "up" without any.
// root is the repository. Leftovers of an earlier run are ended first; built images are
// kept from run to run.
func Up(ctx context.Context, root string, log io.Writer, commands ...string) (*Testbed, error) {
	dir := cmp.Or(os.Getenv("LXDOCKER_TESTBED"), os.Getenv("LXDOCKER_LAB"), "/var/cache/lxdocker-lab")
	// The programs under test read no settings of this machine.
	if err := os.Setenv("LXHUB_CONFIG", ""); err != nil {
		return nil, err
	}
	b := &Testbed{Dir: dir, script: filepath.Join(root, "test/testbed/testbed"), log: log}
	if err := b.acquire(); err != nil {
		return nil, err
	}
	if len(commands) == 0 {
		commands = []string{"up"}
	}
	if err := b.start(ctx, commands); err != nil {
		_ = b.Close()
		return nil, err
	}
	b.LXD = Daemon{Name: "LXD", client: "lxc", config: "LXD_CONF", Dir: filepath.Join(dir, "lxd"), env: "LXD_DIR"}
	b.Incus = Daemon{Name: "Incus", client: "incus", config: "INCUS_CONF", Dir: filepath.Join(dir, "incus"), env: "INCUS_DIR"}
	for name, d := range map[string]*Daemon{"lxd": &b.LXD, "incus": &b.Incus} {
		// It was started as "named".
		if _, err := os.Stat(filepath.Join(dir, "run", name+".resolv.conf")); err == nil {
			d.mounts = filepath.Join(dir, "run", name+".pid")
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "run/incus7.pid")); err == nil {
		// The client is that of the host, an older one; see Own.
		b.Incus7 = Daemon{Name: "Incus 7", client: "incus", config: "INCUS_CONF", Dir: filepath.Join(dir, "incus7"), env: "INCUS_DIR",
			root: filepath.Join(dir, "run/incus7.pid")}
	}
	return b, nil
}

// acquire waits until nobody else uses the testbed.
func (b *Testbed) acquire() error {
	if err := os.MkdirAll(b.Dir, 0o755); err != nil {
		return fmt.Errorf("making the testbed's folder: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(b.Dir, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return fmt.Errorf("opening the testbed's lock: %w", err)
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		return fmt.Errorf("locking the testbed: %w", err)
	}
	b.lock = lock
	return nil
}

func (b *Testbed) start(ctx context.Context, commands []string) error {
	for _, command := range append([]string{"down"}, commands...) {
		if err := b.run(ctx, strings.Fields(command)...); err != nil {
			return err
		}
	}
	for name, addr := range map[string]*string{"registry": &b.Registry, "registry-auth": &b.Locked} {
		data, err := os.ReadFile(filepath.Join(b.Dir, "run", name+".addr"))
		if err != nil {
			return fmt.Errorf("finding the %s: %w", name, err)
		}
		*addr = strings.TrimSpace(string(data))
	}
	return nil
}

func (b *Testbed) run(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, b.script, args...)
	cmd.Env = append(os.Environ(), "LXDOCKER_TESTBED="+b.Dir)
	cmd.Stdout, cmd.Stderr = b.log, b.log
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("running testbed %s: %w", strings.Join(args, " "), err)
	}
	return nil
}

// Restart kills a daemon, whatever it is doing, and starts it again. Its instances run meanwhile.
func (b *Testbed) Restart(ctx context.Context, d Daemon) error {
	return b.run(ctx, "restart", filepath.Base(d.Dir))
}

// Close ends all that was started, and only that.
func (b *Testbed) Close() error {
	err := b.run(context.Background(), "down")
	return firstOf(err, b.lock.Close())
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Log returns the last lines of what a part of the testbed has said: "lxd",
// "incus", "incus7", "registry" or "images".
func (b *Testbed) Log(part string) string {
	data, err := os.ReadFile(filepath.Join(b.Dir, "log", part+".log"))
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(string(data), "\n")
	return strings.Join(lines[max(0, len(lines)-40):], "\n")
}
