package guest

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"lxdocker/internal/rootfs"
	"lxdocker/internal/testenv"
)

// putProgram puts a program of this machine, and the libraries that it is linked
// with, where they are here.
func putProgram(t *testing.T, tree *rootfs.Tree, path string) {
	t.Helper()
	files := []string{path}
	if out, err := exec.Command("ldd", path).Output(); err == nil { // a static one has none
		for line := range strings.Lines(string(out)) {
			for _, word := range strings.Fields(line) {
				if strings.HasPrefix(word, "/") {
					files = append(files, word)
				}
			}
		}
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		must(t, err)
		must(t, tree.Put(strings.TrimPrefix(file, "/"), script(string(b))))
	}
}

// The real ones: each has its own way to notice that it is not PID 1.
func TestSmallInitsOfImagesAreQuietAndLeaveNoZombies(t *testing.T) {
	t.Parallel()
	for name, words := range map[string][]string{
		"catatonit": {"--"}, "tini": {"--"}, "tini-static": {"--"}, "dumb-init": {"--"},
	} {
		program := testenv.NeedsProgram(t, name, strings.TrimSuffix(name, "-static"))
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := run(t, image{
				Process: Process{Entrypoint: append([]string{program}, words...), Cmd: []string{"/probe"}},
				conf:    "orphans 3 end 15",
				edit:    func(tree *rootfs.Tree) { putProgram(t, tree, program) },
			})
			c.waitForLine("ready")
			c.waitForCommand("the orphans to end and to be reaped", func() bool {
				return strings.Count(c.busybox("sh", "-c", "cat /proc/[0-9]*/stat 2>/dev/null; :"), "(probe)") == 1
			})
			c.signal(sigPwr)
			if code := c.wait(); code != 0 {
				t.Errorf("exit status %d", code)
			}
			if got := c.fields("signal"); fmt.Sprint(got) != "[15]" {
				t.Errorf("the application got the signals %v", got)
			}
			lines := strings.Split(strings.TrimSpace(c.console.String()), "\n")
			for i := range lines {
				lines[i] = took.ReplaceAllString(lines[i], "$1")
			}
			slices.Sort(lines) // two pipes lead to the console
			if want := []string{"lxdocker: " + program + " ended: exit 0", "to stderr", "to stdout"}; !slices.Equal(lines, want) {
				t.Errorf("the console says %q, not %q", lines, want)
			}
		})
	}
}
