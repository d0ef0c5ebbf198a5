//go:build e2e

package guest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"lxdocker/test/testbed"
)

// instead is a line of the table of docs/docker-run.md: what a person types who
// knows Docker. In the lines, web is the instance, hub:NAME an image, and 8080 a port
// of the host; the test puts in its own.
type instead struct {
	docker string
	image  string
	spec   string // where no image of test/images has what the line is about
	lines  string
	see    func(c *container)
}

func TestDockerRun(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d testbed.Daemon) {
		for _, row := range inPlaceOfDocker() {
			t.Run(row.docker, func(t *testing.T) {
				t.Parallel()
				row.see(types(t, d, row))
			})
		}
	})
}

// TestThePageSaysWhatIsTested: whatever the first table of docs/docker-run.md tells people
// to type instead of `docker run` stands in a row here. The second one is about applications
// of TestReach.
func TestThePageSaysWhatIsTested(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "docs", "docker-run.md"))
	if err != nil {
		t.Fatal(err)
	}
	table, _, _ := strings.Cut(string(page), "\n## ")
	var tested strings.Builder
	for _, row := range inPlaceOfDocker() {
		tested.WriteString(row.lines + "\n")
	}
	said := 0
	for line := range strings.Lines(table) {
		_, typed, ok := strings.Cut(line, " | ") // a pipe may follow in it
		if !ok || strings.Contains(line, "for Incus") {
			if strings.HasPrefix(line, "| `") && !ok {
				t.Errorf("nobody understands %s", line)
			}
			continue
		}
		for _, quoted := range regexp.MustCompile("`[^`]+`").FindAllString(typed, -1) {
			said++
			if text := strings.ReplaceAll(strings.Trim(quoted, "`"), "PROGRAM", "/goserver"); !strings.Contains(tested.String(), text) {
				t.Errorf("nobody tests %s", text)
			}
		}
	}
	if said < 20 {
		t.Errorf("the table has %d lines to type", said)
	}
}

func inPlaceOfDocker() []instead {
	argsEnd := func(want ...string) func(c *container) {
		return func(c *container) {
			args := c.status().Args
			if got := strings.Join(args[1:], "|"); got != strings.Join(want, "|") {
				c.t.Errorf("its arguments are %q", args)
			}
		}
	}
	// LXD's client, asked to run what ends at once, now and then waits for ever for
	// its output, although daemon and container know that it has ended. It passes
	// all signals on, so only KILL ends it.
	return []instead{
		{"docker run -d --name web nginx", "nginx", "", `lxc launch hub:nginx web`, serves("80", "nginx, first edition\n")},
		{"docker run -e KEY=VALUE", "goserver", "", `lxc launch hub:goserver web -c environment.KEY=VALUE -c environment.MORE='a value, $5'`, func(c *container) {
			env := c.status().Env
			key, _ := variable(env, "KEY")
			more, _ := variable(env, "MORE")
			if key != "VALUE" || more != "a value, $5" {
				c.t.Errorf("KEY is %q and MORE is %q", key, more)
			}
		}},
		{"docker run --env-file", "goserver", "", "lxc init hub:goserver web\nlxc file push app.env web/etc/app.env\nlxc config set web environment.LXDOCKER_ENVFILE /etc/app.env\nlxc start web",
			func(c *container) {
				if got, _ := variable(c.status().Env, "FROM_FILE"); got != "$(x) y" {
					c.t.Errorf("FROM_FILE is %q", got)
				}
			}},
		{"docker run -v /srv/www:/var/www/html:ro", "nginx", "",
			"lxc launch hub:nginx web\nlxc config device add web www disk source=/srv/www path=/var/www/html readonly=true", func(c *container) {
				c.serves("80", "/", "the host's\n")
				c.finds("touch /var/www/html/new 2>&1; :", "touch: /var/www/html/new: Read-only file system\n")
			}},
		{"docker run -v data:/data", "redis", "",
			"lxc init hub:redis web\nlxc storage volume create default data\nlxc config device add web data disk pool=default source=data path=/data\nlxc start web",
			func(c *container) {
				c.volume = c.Name + "-data"
				c.answers("PONG\n", "redis-cli", "ping")
				c.answers("OK\n", "redis-cli", "save")
				c.finds("stat -c %U /data/dump.rdb; grep -c ' /data ' /proc/mounts", "redis\n1\n")
			}},
		{"docker run -p 8080:80", "nginx", "", "lxc launch hub:nginx web\nlxc config device add web http proxy listen=tcp:0.0.0.0:8080 connect=tcp:127.0.0.1:80", func(c *container) {
			c.until(func() error {
				got, err := testbed.Get(c.t.Context(), "GET", "127.0.0.1:"+c.port, "/", "")
				return cmp.Or(err, differ(got, "nginx, first edition\n"))
			})
		}},
		{"docker run IMAGE ARGUMENT…", "goserver", "", `lxc launch hub:goserver web -c environment.LXDOCKER_CMD="one 'two words'"`, argsEnd("one", "two words")},
		{"docker run --entrypoint", "goserver", "", `lxc launch hub:goserver web -c environment.LXDOCKER_ENTRYPOINT="/goserver more"`, argsEnd("more")},
		{"docker run --user", "goserver", "", `lxc launch hub:goserver web -c environment.LXDOCKER_USER=1000:1000`, func(c *container) {
			if s := c.status(); s.UID != 1000 || s.GID != 1000 {
				c.t.Errorf("it runs as %d:%d", s.UID, s.GID)
			}
		}},
		{"docker run --group-add", "goserver", "files: {/etc/group: \"video:x:44:\\n\"}\n", `lxc launch hub:goserver web -c environment.LXDOCKER_GROUPS=video`, func(c *container) {
			if s := c.status(); !slices.Contains(s.Groups, 44) {
				c.t.Errorf("its groups are %v", s.Groups)
			}
		}},
		{"docker run -w", "goserver", "", `lxc launch hub:goserver web -c environment.LXDOCKER_WORKDIR=/srv`, func(c *container) {
			if s := c.status(); s.WorkDir != "/srv" {
				c.t.Errorf("it runs in %s", s.WorkDir)
			}
		}},
		{"docker run --restart on-failure:5", "goserver", "env: {EXIT: 3}\n", `lxc launch hub:goserver web -c environment.LXDOCKER_RESTART=on-failure:5`,
			func(c *container) {
				c.says("ended: exit 3", "again in 0.1 s", "again in 1.6 s", "it was started again 5 times: that is enough")
				c.ends()
			}},
		{"docker run --health-cmd", "health-shell", "", `lxc launch hub:health-shell web -c environment.LXDOCKER_HEALTH_CMD='test -e /run/fine'`,
			func(c *container) {
				c.becomes("unhealthy")
				c.sh(": >/run/fine")
				c.becomes("healthy")
			}},
		{"docker run --health-interval, --health-retries", "health-shell", "",
			`lxc launch hub:health-shell web -c environment.LXDOCKER_HEALTH_CMD='exit 1' -c environment.LXDOCKER_HEALTH_INTERVAL=10s -c environment.LXDOCKER_HEALTH_RETRIES=5`,
			func(c *container) {
				c.answers("10000 5\n", "/busybox-lxd", "sh", "-c", "tr '\\0' ' ' </run/lxdocker/plan/health | awk '{ print $1, $5 }'")
			}},
		{"docker run --no-healthcheck", "health", "", `lxc launch hub:health web -c environment.LXDOCKER_HEALTH_CMD=none`, func(c *container) { c.unchecked() }},
		{"docker run --stop-timeout 2", "goserver", "env: {CLOSING: 1h}\n", `lxc launch hub:goserver web -c environment.LXDOCKER_STOP_TIMEOUT=2`, func(c *container) {
			c.status()
			c.stop(20 * time.Second)
			c.says("no end 2 s after signal 15: killing")
		}},
		{"docker run --shm-size 128m", "goserver", "", `lxc launch hub:goserver web -c environment.LXDOCKER_SHM_SIZE=128m`, func(c *container) {
			c.status()
			c.finds("df -k /dev/shm | awk 'END { print $2 }'", "131072\n")
		}},
		{"docker run --tmpfs /tmp:size=16m", "goserver", "", `lxc launch hub:goserver web -c environment.LXDOCKER_TMP=16m`, func(c *container) {
			c.status()
			c.finds("df -k /tmp | awk 'END { print $2 }'", "16384\n")
		}},
		{"docker run, without --tmpfs", "goserver", "", `lxc launch hub:goserver web -c environment.LXDOCKER_TMP=disk`, func(c *container) {
			c.status()
			c.sh("echo kept >/tmp/file")
			c.stop(patience)
			c.start()
			c.status()
			c.finds("cat /tmp/file", "kept\n")
		}},
		{"docker run --memory 256m", "goserver", "", `lxc launch hub:goserver web -c limits.memory=256MiB`, func(c *container) {
			c.status()
			if got := c.memoryLimit(); got != "268435456\n" {
				c.t.Errorf("the kernel lets it have %q", got)
			}
		}},
		{"docker run --network none", "goserver", "", "lxc init hub:goserver web\nlxc config device add web eth0 none\nlxc start web", func(c *container) {
			c.says("goserver: listening")
			c.finds("ls /sys/class/net", "lo\n")
		}},
		{"docker run --rm", "goserver", "", `lxc launch --ephemeral hub:goserver web`, func(c *container) {
			c.status()
			// LXD 5.0.2 may delete it before its own stop has seen the end, and complain.
			_, err := c.Stop(c.t.Context(), 20*time.Second)
			c.t.Logf("stop says %v", err)
			c.until(func() error {
				if err := c.query("", new(any)); err == nil {
					return fmt.Errorf("it is there still")
				}
				return nil
			})
		}},
		{"docker run --hostname", "goserver", "", `lxc launch hub:goserver web`, func(c *container) {
			if s := c.status(); s.Hostname != c.Name {
				c.t.Errorf("its name is %s", s.Hostname)
			}
		}},
		{"docker run -it", "busybox", "", "lxc launch hub:busybox web -c environment.LXDOCKER_TTY=yes -c environment.LXDOCKER_CMD=sh\n" +
			"until grep -qs '42 answers' screen; do printf 'echo $((6 * 7)) answers\n'; sleep 1; done | script -qefc 'lxc console web' screen || :", func(c *container) {
			if !strings.Contains(c.typed, "42 answers") {
				c.t.Errorf("the console shows %q", c.typed)
			}
		}},
		{"docker run --log-opt max-size=1m", "goserver", "", `lxc launch hub:goserver web -c environment.LXDOCKER_LOG_SIZE=1m`, func(c *container) {
			c.status()
			c.finds("tr '\\0' '\\n' </run/lxdocker/plan/log_size", "1m\n")
		}},
		{"docker logs -f", "goserver", "", "lxc launch hub:goserver web\ngrep -m 1 listening < <(exec lxc exec web -- /lxd-logs -f --since 10m --tail 100 </dev/null 2>&1)", func(c *container) {
			if !strings.Contains(c.typed, "goserver: listening on :8080") {
				c.t.Errorf("the log is %q", c.typed)
			}
		}},
		{"docker logs", "goserver", "", "lxc launch hub:goserver web\nuntil lxc exec web -- /lxd-logs 2>&1 | grep listening; do sleep 0.1; done", func(c *container) {
			if !strings.Contains(c.typed, "goserver: listening on :8080") {
				c.t.Errorf("the log is %q", c.typed)
			}
		}},
		{"docker exec", "node", "", "lxc launch hub:node web\nuntil timeout -s KILL 20 lxc exec web -- /lxd-enter sh -c 'id -un; pwd; echo $NODE_ENV'; do sleep 0.1; done", func(c *container) {
			if !strings.HasSuffix(c.typed, "node\n/srv/app\nproduction\n") {
				c.t.Errorf("it prints %q", c.typed)
			}
		}},
		{"docker cp", "goserver", "", "lxc launch hub:goserver web\nlxc file push app.env web/data/\nlxc file pull web/data/app.env got.env\ncat got.env", func(c *container) {
			if !strings.Contains(c.typed, "FROM_FILE=") {
				c.t.Errorf("the copy is %q", c.typed)
			}
		}},
		{"docker stop", "nginx", "", "lxc launch hub:nginx web\nuntil timeout -s KILL 20 lxc exec web -- test -e /run/nginx.pid; do sleep 0.1; done\nlxc stop web", func(c *container) {
			c.says("gracefully shutting down")
			c.ends()
		}},
		{"docker inspect --format {{.State.Health.Status}}", "health", "",
			"lxc launch hub:health web\nuntil timeout -s KILL 20 lxc exec web -- /busybox-lxd cat /run/lxdocker/health | grep '\"healthy\"'; do sleep 0.1; done", func(c *container) {
				if !strings.Contains(c.typed, `"status":"healthy"`) {
					c.t.Errorf("it prints %q", c.typed)
				}
			}},
	}
}

// memoryLimit is what the kernel keeps to: of cgroup v2, or v1. It is looked at
// from outside, as not every container sees its own.
func (c *container) memoryLimit() string {
	c.t.Helper()
	c.limited()
	groups, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", c.pid()))
	if err != nil {
		c.t.Fatal(err)
	}
	for line := range strings.Lines(string(groups)) {
		_, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		controllers, path, _ := strings.Cut(rest, ":")
		file := filepath.Join("/sys/fs/cgroup", path, "memory.max")
		if controllers == "memory" {
			file = filepath.Join("/sys/fs/cgroup/memory", path, "memory.limit_in_bytes")
		}
		if limit, err := os.ReadFile(file); err == nil {
			return string(limit)
		}
	}
	c.t.Fatalf("it has no limit in %s", groups)
	return ""
}

// limited skips a test where the daemon cannot limit anything.
func (c *container) limited() {
	c.t.Helper()
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err != nil && c.Daemon.Name == "Incus 7" {
		c.t.Skip("Incus 7 sets no limits without cgroup v2")
	}
}

var words = regexp.MustCompile(`\b(lxc|web|hub:[a-z-]+|8080)\b`)

// types runs the lines in a shell, as somebody in a folder with a file app.env.
func types(t *testing.T, d testbed.Daemon, row instead) *container {
	t.Helper()
	alias, err := offer(d, row.image, row.spec)
	if err != nil {
		t.Fatal(err)
	}
	// Incus 7 has a root of its own, and sees only the testbed. What a container
	// sees of the host is for everybody.
	dir, err := os.MkdirTemp(d.Dir, "typed-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	www := filepath.Join(dir, "www")
	for name, mode := range map[string]os.FileMode{dir: 0o755, www: 0o777} { // everybody may write to www
		if err := cmp.Or(os.MkdirAll(name, mode), os.Chmod(name, mode)); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"app.env": "FROM_FILE='$(x) y'\n", "www/index.html": "the host's\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	client, env := "lxc", "LXD_DIR="
	if d.Name != "LXD" {
		client, env = "incus", "INCUS_DIR="
	}
	c := newContainer(t, d, fmt.Sprintf("guest-%d", launched.Add(1)))
	c.port = unusedPort(t)
	lines := strings.ReplaceAll(row.lines, "source=data ", "source="+c.Name+"-data ")
	lines = strings.ReplaceAll(lines, "create default data", "create default "+c.Name+"-data")
	lines = words.ReplaceAllStringFunc(lines, func(word string) string {
		switch {
		case word == "lxc":
			return client
		case word == "web":
			return c.Name
		case word == "8080":
			return c.port
		case strings.HasPrefix(word, "hub:"):
			return alias
		}
		return word
	})
	lines = strings.ReplaceAll(lines, "/srv/www", www)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-euxc", lines) // x: which line it was
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env+d.Dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // the shell ends with whatever it waits for
	cmd.WaitDelay = 5 * time.Second
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", lines, errors.Join(err, ctx.Err()), out)
	}
	c.typed = string(out)
	return c
}

// unusedPort is one on which nobody listens now.
func unusedPort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}
