package guest

import (
	"os"
	"strings"
	"testing"

	"lxdocker/internal/rootfs"
)

// What an image has in /tmp and /run would take memory at each start, a name about as
// much as a small file: with a limit, init was ended before it could say a word.
func TestAnImageCannotHaveItsNamesCopiedIntoMemory(t *testing.T) {
	t.Parallel()
	many := func(name string, ino rootfs.Inode) func(*rootfs.Tree) {
		return func(tree *rootfs.Tree) {
			for n := range 2001 {
				must(t, tree.Put(name+itoa(n), ino))
			}
		}
	}
	for name, test := range map[string]struct {
		fill func(*rootfs.Tree)
		dir  string
	}{
		"empty folders":            {many("tmp/", dir(0o755)), "/tmp"},
		"symlinks":                 {many("run/x/", link("x")), "/run"},
		"folders in each other":    {func(tree *rootfs.Tree) { must(t, tree.Put("tmp"+strings.Repeat("/x", 1900), dir(0o755))) }, "/tmp"},
		"behind a link to the top": {func(tree *rootfs.Tree) { must(t, tree.Put("run", link("var/run"))); many("var/run/", dir(0o755))(tree) }, "/var/run"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := run(t, image{conf: "end 15", edit: test.fill})
			c.waitForLine("ready")
			if _, kind := c.sizeOf(test.dir); kind != "overlay" {
				t.Errorf("%s is %q", test.dir, kind)
			}
			t.Log("the image has got no memory")
		})
	}
}

// Then it holds what the application has left there, whatever the image had.
func TestWhatWasOnDiskIsCountedWhenItIsToBeInMemory(t *testing.T) {
	t.Parallel()
	i := image{conf: "end 15", env: []string{"LXDOCKER_TMP=disk"}}
	c := run(t, i)
	c.waitForLine("ready")
	c.asRoot(false, "cd /tmp; i=0; while [ $i -lt 2001 ]; do : >$i; i=$((i + 1)); done")
	c.signal(sigPwr)
	c.wait()
	c.restart(i)
	if _, kind := c.sizeOf("/tmp"); kind != "overlay" {
		t.Errorf("/tmp is %q", kind)
	}
}

// restart starts the container again, with /tmp in memory.
func (c *container) restart(i image) {
	c.t.Helper()
	must(c.t, os.Remove(c.root+"/out/log"))
	i.env = []string{"LXDOCKER_TMP=memory"}
	c.start(i)
	c.waitForLine("ready")
}
