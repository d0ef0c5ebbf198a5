package guest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lxdocker/internal/lifecycle"
	"lxdocker/internal/rootfs"
)

// countProcesses has init and `start` write a process id each to /out/processes, when
// they begin and when the application is next. The ids of a container are counted up
// from one, so what lies between two was started meanwhile.
func countProcesses(t *testing.T) func(*rootfs.Tree) {
	replace := func(tree *rootfs.Tree, path, old, new string) {
		ino, _ := tree.Lstat(path)
		text := string(contentOf(t, ino))
		if strings.Count(text, old) != 1 {
			t.Fatalf("%s does not have %q once", path, old)
		}
		must(t, tree.Put(path, script(strings.Replace(text, old, new, 1))))
	}
	mark := func(tree *rootfs.Tree, path, before, what string) {
		replace(tree, path, before, ": & echo \""+what+" $!\" >>/out/processes\n"+before)
	}
	return func(tree *rootfs.Tree) {
		mark(tree, "sbin/init", "\nstopping=\n", "init")
		mark(tree, ".lxdocker/start", "umask 022\n", "start")
		mark(tree, ".lxdocker/start", "exec $bb env -i", "application")
		replace(tree, ".lxdocker/netwatch", "$bb uevent $bb echo", "$bb cat") // it starts one for each event of the machine's devices
	}
}

// started gives how many processes were started between the nth beginning of init or
// `start` and the nth time that the application was next.
func (c *container) started(since string, n int) int {
	c.t.Helper()
	b, err := os.ReadFile(filepath.Join(c.root, "out/processes"))
	must(c.t, err)
	ids := map[string][]int{}
	for line := range strings.Lines(string(b)) {
		var what string
		var id int
		_, err := fmt.Sscan(line, &what, &id)
		must(c.t, err)
		ids[what] = append(ids[what], id)
	}
	return ids["application"][n] - ids[since][n] - 1
}

// putFolders makes some where many images have them.
func putFolders(t *testing.T) func(*rootfs.Tree) {
	return func(tree *rootfs.Tree) {
		must(t, tree.Put("run/lock", dir(0o1777)))
		must(t, tree.Put("tmp/x", dir(0o755)))
	}
}

// On a small computer each costs some milliseconds. What runs beside, as the logger
// does, starts its own sooner or later, so a start may be two processes fewer.
func TestAStartIsFewProcesses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		i           image
		first, next int // for the first start, and for a later one
	}{
		"a program":                {image{}, 59, 12},
		"a program in PATH":        {image{Process: Process{Entrypoint: []string{"probe"}, Env: []string{"PATH=/:/out"}}}, 59, 12},
		"a script":                 {image{Process: Process{Entrypoint: []string{"/script"}}}, 57, 12},
		"another user":             {image{Process: Process{User: "app"}}, 62, 15},
		"a user namespace":         {image{userNamespace: true}, 59, 12},
		"folders in /run and /tmp": {image{edit: putFolders(t)}, 59, 12},
		"a mount of the instance":  {image{mounts: []string{"run/share"}}, 63, 12},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := test.i
			i.Restart = lifecycle.Restart{When: lifecycle.RestartOnFailure, Max: 1}
			i.conf, i.editInstalled = "exit 3", countProcesses(t)
			edit := i.edit
			i.edit = func(tree *rootfs.Tree) {
				usersOfTests(t)(tree)
				must(t, tree.Put("script", script("#!/probe\n")))
				if edit != nil {
					edit(tree)
				}
			}
			c := run(t, i)
			if code := c.wait(); code != 3 {
				t.Fatalf("exit status %d, not 3", code)
			}
			if got := c.started("init", 0); got > test.first {
				t.Errorf("the first start is %d processes, more than %d", got, test.first)
			}
			if got := c.started("start", 1); got > test.next {
				t.Errorf("a later start is %d processes, more than %d", got, test.next)
			}
		})
	}
}
