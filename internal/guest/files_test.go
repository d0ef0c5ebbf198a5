package guest

import (
	"io/fs"
	"os/exec"
	"testing"
)

// scriptFiles lists all embedded scripts.
func scriptFiles(t *testing.T) []string {
	t.Helper()
	entries, err := fs.ReadDir(files, "files")
	must(t, err)
	var names []string
	for _, e := range entries {
		if !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

func TestBusyboxUnderstandsTheScripts(t *testing.T) {
	t.Parallel()
	for _, name := range scriptFiles(t) {
		cmd := exec.Command(busyboxFile(), "sh", "-n", name)
		cmd.Dir = "files"
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

func TestEveryScriptIsInstalled(t *testing.T) {
	t.Parallel()
	tree := install(t, Process{}, nil)
	installed := map[string]bool{}
	for _, ino := range tree.All() {
		installed[string(contentOf(t, ino))] = true
	}
	for _, name := range scriptFiles(t) {
		if !installed[string(file(name))] {
			t.Errorf("%s is not in the tree", name)
		}
	}
}
