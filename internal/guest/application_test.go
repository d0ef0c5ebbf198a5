package guest

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/lifecycle"
	"lxdocker/internal/rootfs"
)

// ownedBy is an inode of the application's user.
func ownedBy(id uint32, ino rootfs.Inode) rootfs.Inode {
	ino.UID, ino.GID = id, id
	return ino
}

// hidden is a file that root alone may read.
func hidden(content string) rootfs.Inode {
	ino := text(content)
	ino.Mode = 0o600
	return ino
}

// attacking has an application of user 1000, to whom /data belongs. It runs one script at
// its first start and another at its second, and is the probe if that has no end.
func attacking(t *testing.T, first, second string) image {
	return image{
		Process: Process{User: "1000", Entrypoint: []string{"/app"}, Restart: lifecycle.Restart{When: lifecycle.RestartOnFailure, Max: 1}},
		conf:    "end 15",
		edit: func(tree *rootfs.Tree) {
			must(t, tree.Put("data", ownedBy(1000, dir(0o755))))
			must(t, tree.Put("root", dir(0o700)))
			must(t, tree.Put("root/secrets", dir(0o755)))
			must(t, tree.Put("root/secrets/key", text("SECRET=of root\n")))
			must(t, tree.Put("root/app.env", hidden("SECRET=of root\n")))
			must(t, tree.Put("app", script(`#!/busybox-lxd sh
PATH=; b=/busybox-lxd
echo start >>/out/starts
if [ "$($b wc -l </out/starts)" = 1 ]; then
	`+first+`
	exit 3
fi
`+second+`
exec /probe
`)))
		},
	}
}

// endSecond stops the application after its second start, if that came to be.
func endSecond(c *container) int {
	c.t.Helper()
	c.waitFor("the second start, or the end", func() bool { return c.hasLine("ready") || c.exited() })
	if !c.exited() {
		c.signal(sigPwr)
	}
	return c.wait()
}

func TestAnApplicationCannotHaveRootReadAFileForIt(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		file, attack string
	}{
		"a link in place of the file":       {"/data/app.env", "$b ln -sf /root/app.env /data/app.env"},
		"a link in place of its folder":     {"/data/conf/app.env", "$b ln -s /root /data/conf"},
		"a link behind a link of the image": {"/etc/app.env", "$b ln -s /root /data/conf"},
		"a name in a folder that all share": {"/shared/app.env", "$b ln -s /root/app.env /shared/app.env"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := attacking(t, test.attack, "")
			i.env = []string{"LXDOCKER_ENVFILE=" + test.file}
			i.editInstalled = func(tree *rootfs.Tree) {
				must(t, tree.Put("etc/app.env", link("/data/conf/app.env")))
				must(t, tree.Put("shared", dir(0o1777)))
			}
			c := run(t, i)
			endSecond(c)
			if got, ok := c.environ()["SECRET"]; ok {
				t.Errorf("it has got %q", got)
			}
			want := "LXDOCKER_ENVFILE: the application's user may not read " + test.file + ", and root does not: others could have changed where that leads"
			if !slices.Contains(ours(c), want) {
				t.Errorf("the console does not say %q: %q", want, ours(c))
			}
			t.Log("the application has got nothing")
		})
	}
}

func TestAnEnvironmentFileOfTheApplicationIsItsOwn(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		file, attack string
	}{
		"in its own folder":                {"/data/app.env", "echo A=b >/data/app.env"},
		"behind a link of its own":         {"/data/app.env", "echo A=b >/data/other; $b ln -s other /data/app.env"},
		"readable by the application only": {"/data/app.env", "echo A=b >/data/app.env; $b chmod 400 /data/app.env"},
		"of root, for root only":           {"/etc/app.env", ""},
		"of root, behind a link of root's": {"/etc/link/app.env", ""},
		"of root, in a folder of all":      {"/shared/app.env", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := attacking(t, test.attack, "")
			i.env = []string{"LXDOCKER_ENVFILE=" + test.file}
			i.editInstalled = func(tree *rootfs.Tree) {
				must(t, tree.Put("etc/app.env", hidden("A=b")))
				must(t, tree.Put("etc/link", link("../etc")))
				must(t, tree.Put("shared", dir(0o1777)))
				must(t, tree.Put("shared/app.env", hidden("A=b")))
			}
			c := run(t, i)
			endSecond(c)
			if got := c.environ()["A"]; got != "b" {
				t.Errorf("A is %q; console %q", got, ours(c))
			}
		})
	}
}

func TestAnApplicationCannotHaveRootMakeAFolderForIt(t *testing.T) {
	t.Parallel()
	i := attacking(t, "cd /; $b rm -r /data/a; $b ln -s /etc /data/a", "")
	i.WorkDir = "/data/a/made"
	edit := i.edit
	i.edit = func(tree *rootfs.Tree) {
		edit(tree)
		must(t, tree.Put("data/a", ownedBy(1000, dir(0o755))))
		must(t, tree.Put("data/a/made", ownedBy(1000, dir(0o755))))
	}
	c := run(t, i)
	if code := endSecond(c); code != 126 {
		t.Errorf("exit status %d", code)
	}
	if _, err := os.Lstat(c.root + "/etc/made"); err == nil {
		t.Error("root has made /etc/made")
	}
	if want := "cannot enter the working directory /data/a/made"; !slices.Contains(ours(c), want) {
		t.Errorf("the console does not say %q: %q", want, ours(c))
	}
	t.Log("the application has got nothing, and is not started")
}

func TestAnApplicationCannotHaveRootTakeItWhereItMayNotGo(t *testing.T) {
	t.Parallel()
	i := attacking(t, "cd /; $b rmdir /data/work; $b ln -s /root/secrets /data/work", "$b cat key >/out/stolen")
	i.WorkDir = "/data/work"
	edit := i.edit
	i.edit = func(tree *rootfs.Tree) {
		edit(tree)
		must(t, tree.Put("data/work", ownedBy(1000, dir(0o755))))
	}
	c := run(t, i)
	endSecond(c)
	if b, _ := os.ReadFile(c.root + "/out/stolen"); len(b) > 0 {
		t.Errorf("it has read %q", b)
	}
	if want := "cannot start as user '1000': nsenter: can't open '/data/work': Permission denied"; !slices.Contains(ours(c), want) {
		t.Errorf("the console does not say %q: %q", want, ours(c))
	}
	t.Log("the application has got nothing, and is not started")
}

// A disk comes to where the application has put a link.
func TestAnApplicationCannotHaveRootCopyItAFolder(t *testing.T) {
	t.Parallel()
	i := attacking(t, "", "")
	i.Volumes = []string{"/data/a/b"}
	edit := i.edit
	i.edit = func(tree *rootfs.Tree) {
		edit(tree)
		must(t, tree.Put("data/a", ownedBy(1000, dir(0o755))))
	}
	i.mounts = []string{"/data/a"} // what is below that shows the link of an earlier start
	i.containerCommands = [][]string{{"mkdir", "/data/a/b"}, {"mount", "-n", "-t", "tmpfs", "tmpfs", "/data/a/b"}}
	i.editInstalled = func(tree *rootfs.Tree) {
		must(t, tree.Remove("data/a/b"))
		must(t, tree.Put("data/a/b", link("/root/secrets")))
	}
	c := run(t, i)
	c.waitForLine("ready")
	if _, err := os.Stat(c.path("data/a/b/key")); err == nil {
		t.Error("root has copied its file")
	}
	endSecond(c)
	if want := "/data/a/b, which is empty, could not be filled from the image"; !slices.Contains(ours(c), want) {
		t.Errorf("the console does not say %q: %q", want, ours(c))
	}
	t.Log("the application has got nothing")
}

// As under Docker, and nobody else can change where they lead.
func TestAUserStartsWhereItMayNotGo(t *testing.T) {
	t.Parallel()
	for name, workdir := range map[string]string{"a folder of root's": "/root", "behind a link of root's": "/home/secrets", "that is made": "/new/one", "its own": "/data", "that it makes": "/data/new"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := attacking(t, "", "")
			i.env = []string{"LXDOCKER_WORKDIR=" + workdir}
			edit := i.edit
			i.edit = func(tree *rootfs.Tree) {
				edit(tree)
				must(t, tree.Put("home", link("root")))
			}
			c := run(t, i)
			if code := endSecond(c); code != 0 {
				t.Fatalf("exit status %d: %q", code, ours(c))
			}
			want := strings.Replace(workdir, "/home", "/root", 1)
			if got := c.firstField("cwd"); got != want && got != workdir {
				t.Errorf("it is in %s, not %s", got, want)
			}
		})
	}
}

// The programs have the names of ours, and are the same file.
func TestAnApplicationCannotLeaveProcessesThatLookLikeOurs(t *testing.T) {
	t.Parallel()
	for _, user := range []string{"1000", "0"} {
		i := attacking(t, `$b setsid $b sleep 4242 &
	$b setsid $b sh -c '$b sleep 4244 & trap "" TERM; while :; do /busybox-lxd sleep 4243; done' /.lxdocker/logger &
	$b usleep 100000`, "")
		i.User = user
		i.editInstalled = func(tree *rootfs.Tree) {
			must(t, tree.Put("lxd-prelaunch", text("/busybox-lxd sleep 4711 >/dev/null 2>&1 &\n"))) // a service that the instance wants
		}
		c := run(t, i)
		c.waitForLine("ready")
		if left := c.processes("424"); left != 0 {
			t.Errorf("%d processes of user %s are left", left, user)
		}
		if got := c.processes("4711"); got != 1 {
			t.Errorf("of the prelaunch script's processes %d are left", got)
		}
		begin := time.Now()
		c.signal(sigPwr)
		if code := c.wait(); code != 0 || !strings.Contains(c.console.String(), "/app ended: exit 0") {
			t.Errorf("exit status %d: %q", code, ours(c))
		}
		if took := time.Since(begin); took > 1800*time.Millisecond {
			t.Errorf("the stop took %v: it has waited for processes of ours", took)
		}
		t.Log("nothing of the application is left")
	}
}

func TestAnApplicationHasNoOtherPipesOfOurs(t *testing.T) {
	t.Parallel()
	i := attacking(t, "", `until [ -p /run/lxdocker/check-pipe ]; do $b usleep 10000; done
for pipe in $($b find /run/lxdocker -type p 2>/dev/null); do
	[ ! -r "$pipe" ] && [ ! -w "$pipe" ] || echo "may $pipe" >>/out/log
	echo "pipe $pipe" >>/out/log
done`)
	i.Health = &Health{Argv: []string{"/busybox-lxd", "true"}, Interval: 50 * time.Millisecond, Timeout: time.Minute, Retries: 3}
	c := run(t, i)
	endSecond(c)
	may := c.fields("may")
	slices.Sort(may)
	if want := []string{"/run/lxdocker/fd/1", "/run/lxdocker/fd/2"}; !slices.Equal(may, want) {
		t.Errorf("it may read or write %q, not only what it prints to", may)
	}
	if all := c.fields("pipe"); !slices.Contains(all, "/run/lxdocker/check-pipe") {
		t.Errorf("not all pipes were there: %q", all)
	}
	t.Log("the application has the two pipes that it prints to")
}
