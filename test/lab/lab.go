package lab

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Credentials of the registry at Lab.Locked.
const (
	User     = "lab"
	Password = "sesame"
)

// Lab is a running laboratory.
type Lab struct {
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

// Up runs the script's commands given, such as "images nginx", or "up" when
// there are none. root is the repository. What an earlier run left is ended
// first; the built images are kept from run to run.
func Up(ctx context.Context, root string, log io.Writer, commands ...string) (*Lab, error) {
	dir := os.Getenv("LXDOCKER_LAB")
	if dir == "" {
		dir = "/var/cache/lxdocker-lab"
	}
	l := &Lab{Dir: dir, script: filepath.Join(root, "test/lab/lab"), log: log}
	if err := l.acquire(); err != nil {
		return nil, err
	}
	if len(commands) == 0 {
		commands = []string{"up"}
	}
	if err := l.start(ctx, commands); err != nil {
		_ = l.Close()
		return nil, err
	}
	l.LXD = Daemon{Name: "LXD", client: "lxc", config: "LXD_CONF", Dir: filepath.Join(dir, "lxd"), env: "LXD_DIR"}
	l.Incus = Daemon{Name: "Incus", client: "incus", config: "INCUS_CONF", Dir: filepath.Join(dir, "incus"), env: "INCUS_DIR"}
	if _, err := os.Stat(filepath.Join(dir, "run/incus7.pid")); err == nil {
		// The client is that of the host, an older one; see Own.
		l.Incus7 = Daemon{Name: "Incus 7", client: "incus", config: "INCUS_CONF", Dir: filepath.Join(dir, "incus7"), env: "INCUS_DIR",
			root: filepath.Join(dir, "run/incus7.pid")}
	}
	return l, nil
}

// acquire waits until nobody else uses the lab.
func (l *Lab) acquire() error {
	if err := os.MkdirAll(l.Dir, 0o755); err != nil {
		return fmt.Errorf("making the lab's folder: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(l.Dir, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return fmt.Errorf("opening the lab's lock: %w", err)
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		return fmt.Errorf("locking the lab: %w", err)
	}
	l.lock = lock
	return nil
}

func (l *Lab) start(ctx context.Context, commands []string) error {
	for _, command := range append([]string{"down"}, commands...) {
		if err := l.run(ctx, strings.Fields(command)...); err != nil {
			return err
		}
	}
	for name, addr := range map[string]*string{"registry": &l.Registry, "registry-auth": &l.Locked} {
		data, err := os.ReadFile(filepath.Join(l.Dir, "run", name+".addr"))
		if err != nil {
			return fmt.Errorf("finding the %s: %w", name, err)
		}
		*addr = strings.TrimSpace(string(data))
	}
	return nil
}

func (l *Lab) run(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, l.script, args...)
	cmd.Env = append(os.Environ(), "LXDOCKER_LAB="+l.Dir)
	cmd.Stdout, cmd.Stderr = l.log, l.log
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("running lab %s: %w", strings.Join(args, " "), err)
	}
	return nil
}

// Close ends all that was started, and only that.
func (l *Lab) Close() error {
	err := l.run(context.Background(), "down")
	return firstOf(err, l.lock.Close())
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Log returns the last lines of what a part of the lab has said: "lxd",
// "incus", "incus7", "registry" or "images".
func (l *Lab) Log(part string) string {
	data, err := os.ReadFile(filepath.Join(l.Dir, "log", part+".log"))
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(string(data), "\n")
	return strings.Join(lines[max(0, len(lines)-40):], "\n")
}
