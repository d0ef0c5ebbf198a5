package upgrade

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"lxdocker/internal/server/servertest"
)

// scratch is a folder for the programs that tests build.
var scratch string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "upgrade-")
	if err == nil {
		err = os.Setenv("LXDOCKER_CONFIG", "") // this machine's settings do not count
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	scratch = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// programs are lxdocker and imgserver of one version.
type programs struct{ folder string }

// today builds the programs of this tree, once for all tests.
var today = sync.OnceValues(func() (programs, error) {
	folder := filepath.Join(scratch, "today")
	return programs{folder}, build(folder, ".")
})

// build builds the programs of a tree.
func build(folder, tree string) error {
	cmd := exec.Command("go", "build", "-o", folder+"/", "lxdocker/cmd/lxdocker", "lxdocker/cmd/imgserver")
	cmd.Dir = tree
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building the programs: %w\n%s", err, out)
	}
	return nil
}

// run runs lxdocker in a folder, and returns what it says and its exit code.
func (p programs) run(t *testing.T, folder string, args ...string) (said string, code int) {
	t.Helper()
	return output(t, exec.Command(filepath.Join(p.folder, "lxdocker"), args...), folder)
}

// imgserver runs imgserver in a folder to its end.
func (p programs) imgserver(t *testing.T, folder string, args ...string) (said string, code int) {
	t.Helper()
	return output(t, exec.Command(filepath.Join(p.folder, "imgserver"), args...), folder)
}

func output(t *testing.T, cmd *exec.Cmd, folder string) (said string, code int) {
	t.Helper()
	cmd.Dir = folder
	out, err := cmd.CombinedOutput()
	if failed := new(exec.ExitError); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// must is run for what has to succeed.
func (p programs) must(t *testing.T, folder string, args ...string) (said string) {
	t.Helper()
	said, code := p.run(t, folder, args...)
	if code != 0 {
		t.Fatalf("lxdocker %q ended with %d:\n%s", args, code, said)
	}
	return said
}

// serve starts imgserver in a folder.
func (p programs) serve(t *testing.T, folder string, args ...string) *servertest.Process {
	t.Helper()
	s, err := servertest.Start(filepath.Join(p.folder, "imgserver"), folder, append(args, "--lxdimages", "images", "--address", "127.0.0.1:0")...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Kill)
	return s
}
