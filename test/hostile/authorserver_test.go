package hostile

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"lxdocker/internal/server/servertest"
)

// imgserver builds the program, once for all tests.
var imgserver = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "hostile-")
	if err != nil {
		return "", err
	}
	out, err := exec.Command("go", "build", "-o", dir, "lxdocker/cmd/imgserver").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building imgserver: %w\n%s", err, out)
	}
	return filepath.Join(dir, "imgserver"), nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if program, err := imgserver(); err == nil {
		_ = os.RemoveAll(filepath.Dir(program))
	}
	os.Exit(code)
}

// victim is an imgserver that converts what a registry has when it is asked to.
type victim struct {
	*servertest.Process
	t     *testing.T
	dir   string
	shelf *shelf
}

func newVictim(t *testing.T, s *shelf, flags ...string) *victim {
	t.Helper()
	program, err := imgserver()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	args := append([]string{"--lxdimages", filepath.Join(dir, "images"), "--cache", filepath.Join(dir, "cache"), "--address", "127.0.0.1:0",
		"--on-demand", s.host + "/*", "--on-demand", s.host + "/*/*", "--every", "0", "--no-deltas", "--compression", "fast"}, flags...)
	p, err := servertest.Start(program, dir, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return &victim{Process: p, t: t, dir: dir, shelf: s}
}

func usage(dir string) (n int64) {
	_ = filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			n += info.Size()
		}
		return nil
	})
	return n
}
