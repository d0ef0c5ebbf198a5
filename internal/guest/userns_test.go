package guest

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lxdocker/internal/lifecycle"
	"lxdocker/internal/rootfs"
)

// Users of containers in a user namespace: root there is firstMapped outside.
const firstMapped, mappedUsers = 100000, 65536

// mapTree gives a directory to the users of the namespace. Programs that all
// containers share stay root's, who is nobody there.
func mapTree(t *testing.T, root string) {
	t.Helper()
	must(t, os.Chmod(filepath.Dir(root), 0o755))
	must(t, filepath.WalkDir(root, func(name string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Lstat(name)
		if err != nil {
			return err
		}
		owner := info.Sys().(*syscall.Stat_t)
		if info.Mode().IsRegular() && owner.Nlink > 1 {
			return nil
		}
		if err := os.Lchown(name, firstMapped+int(owner.Uid), firstMapped+int(owner.Gid)); err != nil || info.Mode()&fs.ModeSymlink != 0 {
			return err
		}
		return syscall.Chmod(name, owner.Mode&0o7777)
	}))
}

// inUserNamespace has the container started in a user namespace.
func (c *container) inUserNamespace(console *os.File) {
	c.t.Helper()
	self, err := everybodysSelf()
	must(c.t, err)
	c.cmd.Path = self
	all := []syscall.SysProcIDMap{{ContainerID: 0, HostID: firstMapped, Size: mappedUsers}}
	a := c.cmd.SysProcAttr
	a.Cloneflags |= syscall.CLONE_NEWUSER
	a.UidMappings, a.GidMappings, a.GidMappingsEnableSetgroups = all, all, true
	a.Credential = &syscall.Credential{} // root, there
	must(c.t, console.Chown(firstMapped, firstMapped))
}

// everybodysSelf is this program where root of a user namespace can reach it.
var everybodysSelf = sync.OnceValues(func() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	b, err := os.ReadFile(self)
	if err != nil {
		return "", err
	}
	if err := os.Chmod(programs, 0o755); err != nil {
		return "", err
	}
	name := filepath.Join(programs, "self")
	return name, writeProgram(name, b)
})

// TestAllIsTheSameInAUserNamespace: the other tests run as root of the host, who
// may more.
func TestAllIsTheSameInAUserNamespace(t *testing.T) {
	t.Parallel()
	for _, supervised := range []bool{true, false} {
		p := Process{Supervise: supervision(supervised)}
		row := func(name string, i image, see func(t *testing.T, c *container)) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				i.userNamespace = true
				c := run(t, i)
				see(t, c)
				if b, err := os.ReadFile("/proc/self/uid_map"); err != nil || strings.Contains(string(b), "100000") {
					t.Fatalf("these tests are in such a namespace themselves: %q, %v", b, err)
				}
			})
		}
		exact := p
		exact.Entrypoint, exact.Env = awkwardArgv(), entries(awkwardEnv())
		row("arguments and environment", image{Process: exact, conf: "exit 0"}, func(t *testing.T, c *container) {
			if code := c.wait(); code != 0 {
				t.Errorf("exit status %d", code)
			}
			if diff := cmp.Diff(exact.Entrypoint, c.readStrings("argv")); diff != "" {
				t.Errorf("argv (-image +application):\n%s", diff)
			}
			want := maps.Clone(awkwardEnv())
			want["container"] = "lxc"
			if diff := cmp.Diff(want, c.environ()); diff != "" {
				t.Errorf("environment (-image +application):\n%s", diff)
			}
		})
		for user, want := range map[string]string{"": "0 0 0 0", "app": "1000 1000 1001 1001", "1000:7": "1000 1000 7 7", ":staff": "0 0 50 50", "65535": "65535 65535 0 0"} {
			q := p
			q.User = user
			row("user "+user, image{Process: q, conf: "exit 0", edit: usersOfTests(t)}, func(t *testing.T, c *container) {
				if code := c.wait(); code != 0 {
					t.Errorf("exit status %d", code)
				}
				if got := c.fields("ids"); !slices.Equal(got, []string{want}) {
					t.Errorf("it is %q, not %s", got, want)
				}
				if got := strings.Join(c.fields("group"), " "); got != map[string]string{"": "0 10", "app": "29 50 1001", "1000:7": "7", ":staff": "50", "65535": "0"}[user] {
					t.Errorf("its groups are %s", got)
				}
				if got := c.fields("reopened"); !slices.Equal(got, []string{"yes"}) {
					t.Errorf("/dev/stdout could be opened again: %s", got)
				}
			})
		}
		for _, user := range []string{"65536", "0:65536"} {
			q := p
			q.User, q.Restart = user, lifecycle.Restart{When: lifecycle.RestartAlways}
			row("user "+user, image{Process: q, conf: "exit 0"}, func(t *testing.T, c *container) {
				if code := c.wait(); code != 126 {
					t.Errorf("exit status %d, not 126", code)
				}
				if want := "cannot start as user '" + user + "': this container has no user or group of that number"; !slices.Equal(ours(c), []string{want}) {
					t.Errorf("the console says %q", ours(c))
				}
			})
		}
		row("a stop", image{Process: p, conf: map[bool]string{true: "end 15 linger 300 code 5", false: "end 30 linger 300 code 5"}[supervised]}, func(t *testing.T, c *container) {
			c.waitForLine("ready")
			c.signal(sigPwr)
			if code := c.wait(); code != 5 || len(c.fields("signal")) != 1 {
				t.Errorf("exit status %d, signals %q", code, c.fields("signal"))
			}
		})
		row("mounts", image{Process: p, conf: "end 15", edit: func(tree *rootfs.Tree) {
			owned := dir(0o1777)
			owned.UID, owned.GID = 999, 998
			must(t, tree.Put("run/mysqld", owned))
		}}, func(t *testing.T, c *container) {
			c.waitForLine("ready")
			for dir, want := range map[string]string{"/run": "rw,nosuid,nodev", "/tmp": "rw,nosuid,nodev", "/dev/shm": "rw,nosuid,nodev,noexec"} {
				if got := mountOptions(t, c, dir); !strings.HasPrefix(got, "tmpfs "+want+",relatime") {
					t.Errorf("%s is mounted as %q, not as a tmpfs with %s", dir, got, want)
				}
			}
			if got := c.busybox("stat", "-c", "%a %u:%g", "/run/mysqld"); got != "1777 100999:100998" { // as the host sees it
				t.Errorf("/run/mysqld is %s", got)
			}
			if got := ours(c); len(got) > 0 {
				t.Errorf("the console says %q", got)
			}
		})
	}
	h := imageWithHealthcheck(t, Health{Retries: 1, Restart: true})
	h.userNamespace = true
	t.Run("health, and a new start", func(t *testing.T) {
		t.Parallel()
		c := run(t, h)
		c.waitForHealth("healthy")
		c.setCheck("exit 1")
		c.waitFor("its end", func() bool { return c.hasLine("done") })
		c.setCheck("exit 0")
		c.waitFor("a second start", func() bool { return strings.Count(strings.Join(c.log(), "\n"), "\nready") == 2 })
		begin := time.Now()
		c.signal(sigPwr)
		if code := c.wait(); code != 0 || time.Since(begin) > 8*time.Second {
			t.Errorf("exit status %d after %v", code, time.Since(begin))
		}
	})
}
