package guest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"lxdocker/internal/lifecycle"
	"lxdocker/internal/rootfs"
)

var exitRecord = regexp.MustCompile(`^(\d+) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\n$`)

// recorded gives the exit status in /.lxdocker/exit, "" if there is none, and the time.
func recorded(c *container) (status string, at time.Time) {
	c.t.Helper()
	b, err := os.ReadFile(filepath.Join(c.root, ".lxdocker/exit"))
	if os.IsNotExist(err) {
		return "", at
	}
	must(c.t, err)
	m := exitRecord.FindStringSubmatch(string(b))
	if m == nil {
		c.t.Fatalf("no record: %q", b)
	}
	at, err = time.Parse(time.RFC3339, m[2])
	must(c.t, err)
	return m[1], at
}

// leftBehind is what is in the place of the record before the start.
func leftBehind(command ...string) func(*image) {
	return func(i *image) { i.containerCommands = [][]string{command} }
}

func TestTheExitStatusOutlivesTheStop(t *testing.T) {
	t.Parallel()
	shell := func(text string) Process {
		return Process{Entrypoint: []string{"/busybox-lxd", "sh", "-c", text}}
	}
	restart := shell("n=$(/busybox-lxd cat /out/n 2>/dev/null); echo $((n + 1)) >/out/n; exit $((n + 3))")
	restart.Restart = lifecycle.Restart{When: lifecycle.RestartOnFailure, Max: 2}
	unplanned := Process{Entrypoint: []string{""}, Cmd: []string{}}
	app := shell("exit 4")
	app.User = "app"
	for name, test := range map[string]struct {
		p    Process
		edit func(*image)
		want string
	}{
		"success":                        {shell("exit 0"), nil, "0"},
		"an error":                       {shell("exit 3"), nil, "3"},
		"a signal":                       {shell("kill -9 $$"), nil, "137"},
		"of a user":                      {app, nil, "4"},
		"of the last of several starts":  {restart, nil, "5"},
		"a program that is not there":    {Process{Entrypoint: []string{"/none"}}, nil, "127"},
		"no command at all":              {unplanned, nil, "126"},
		"as PID 1":                       {Process{Entrypoint: []string{"/busybox-lxd", "true"}, Supervise: Never}, leftBehind("sh", "-c", "echo 9 x >/.lxdocker/exit"), ""},
		"not startable as PID 1":         {Process{Entrypoint: []string{"/none"}, Supervise: Never}, nil, "127"},
		"where an old one is":            {shell("exit 3"), leftBehind("sh", "-c", "echo 9 2020-01-01T00:00:00Z >/.lxdocker/exit; echo x >/.lxdocker/.exit"), "3"},
		"where a folder is":              {shell("exit 3"), leftBehind("mkdir", "-p", "/.lxdocker/exit/x"), "3"},
		"where a link is":                {shell("exit 3"), leftBehind("ln", "-s", "/etc/passwd", "/.lxdocker/exit"), "3"},
		"where a link is that is broken": {shell("exit 3"), leftBehind("ln", "-s", "/none", "/.lxdocker/exit"), "3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := image{Process: test.p, edit: usersOfTests(t)}
			if test.edit != nil {
				test.edit(&i)
			}
			begin := time.Now().Add(-time.Second)
			c := run(t, i)
			c.wait()
			got, at := recorded(c)
			if got != test.want {
				t.Errorf("%q is recorded, not %q; console %q", got, test.want, c.console)
			}
			if got != "" && (at.Before(begin) || at.After(time.Now())) {
				t.Errorf("it ended at %v", at)
			}
			if _, err := os.Lstat(c.root + "/.lxdocker/.exit"); err == nil {
				t.Error("a draft is left")
			}
			if info, err := os.Lstat(c.root + "/.lxdocker/exit"); err == nil && info.Mode() != 0o644 {
				t.Errorf("it has the mode %v", info.Mode())
			}
		})
	}
}

// Somebody who looks while the instance runs must not take the last end for this one.
func TestWhileTheApplicationRunsThereIsNoExitStatus(t *testing.T) {
	t.Parallel()
	i := image{conf: "end 15 code 5", userNamespace: true}
	c := run(t, i)
	for range 2 {
		c.waitForLine("ready")
		if got, _ := recorded(c); got != "" {
			t.Errorf("%s is recorded", got)
		}
		c.signal(sigPwr)
		c.wait()
		if got, _ := recorded(c); got != "5" {
			t.Errorf("%q is recorded", got)
		}
		must(t, os.Remove(c.root+"/out/log"))
		c.start(i)
	}
	c.waitForLine("ready")
	must(t, c.cmd.Process.Signal(syscall.SIGKILL))
	c.wait()
	if got, _ := recorded(c); got != "" {
		t.Errorf("%s is recorded of an instance that was killed", got)
	}
}

func TestAnEndThatNobodyKnowsIsNotRecorded(t *testing.T) {
	t.Parallel()
	c := run(t, image{conf: "end 15"})
	c.waitForLine("ready")
	c.asRoot(false, `read -r app _ </run/lxdocker/app-pid; kill -9 $(/busybox-lxd cut -d ' ' -f 4 /proc/$app/stat); kill -15 $app`)
	c.wait()
	if got, _ := recorded(c); got != "" || !strings.Contains(c.console.String(), "nobody knows how") {
		t.Errorf("%q is recorded; console %q", got, c.console)
	}
}

// A disk without room, or one that cannot be written, costs the record and nothing else.
func TestNoRoomForTheExitStatus(t *testing.T) {
	t.Parallel()
	const message = "cannot write /.lxdocker/exit, which would say that the application ended with 5"
	for name, test := range map[string]struct {
		mount, fill string
		says        []string
	}{
		"a full disk":         {"size=4096k", "/busybox-lxd cat /dev/zero >/.lxdocker/zeros", []string{message}},
		"no inodes":           {"nr_inodes=300", "i=0; while true >/.lxdocker/zeros$i; do i=$((i + 1)); done", []string{message}},
		"a read-only disk":    {"", "/busybox-lxd mount -o remount,ro /.lxdocker", []string{message}},
		"and one of the past": {"", "echo 9 x >/.lxdocker/exit; /busybox-lxd mount -o remount,ro /.lxdocker", []string{"/.lxdocker/exit stays as the last start has left it", message}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := image{conf: "end 15 code 5", env: []string{"LXDOCKER_TMP=disk"}, containerCommands: [][]string{{"sh", "-c", "/busybox-lxd cp -a /.lxdocker /lx && /busybox-lxd mount -t tmpfs -o " + strings.TrimPrefix("mode=755,"+test.mount, ",") +
				" x /.lxdocker && /busybox-lxd cp -a /lx/. /.lxdocker/; " + test.fill + "; :"}}}
			c := run(t, i)
			c.waitForLine("ready")
			c.signal(sigPwr)
			if code := c.wait(); code != 5 {
				t.Errorf("exit status %d", code)
			}
			for _, want := range test.says {
				if !slices.Contains(ours(c), want) {
					t.Errorf("the console does not say %q: %q", want, ours(c))
				}
			}
		})
	}
}

// A link in its place is root's alone to make.
func TestAnApplicationCannotFakeItsExitStatus(t *testing.T) {
	t.Parallel()
	i := attacking(t, `for name in exit .exit; do
		$b ln -sf /data/$name /.lxdocker/$name; echo 0 2020-01-01T00:00:00Z >/.lxdocker/$name
	done 2>/out/refused
	$b mv /.lxdocker /data/old 2>>/out/refused`, "")
	i.editInstalled = func(tree *rootfs.Tree) { must(t, tree.Put("out/refused", ownedBy(1000, text("")))) }
	c := run(t, i)
	if code := endSecond(c); code != 0 {
		t.Errorf("exit status %d", code)
	}
	refused, _ := os.ReadFile(c.root + "/out/refused")
	if got, at := recorded(c); got != "0" || time.Since(at) > time.Hour || strings.Count(string(refused), "ermission denied") != 5 {
		t.Errorf("%q is recorded, %v; refused: %s", got, at, refused)
	}
	if left, _ := filepath.Glob(c.root + "/data/*"); len(left) > 0 {
		t.Errorf("root has written %q", left)
	}
}
