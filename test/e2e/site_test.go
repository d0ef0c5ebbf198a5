//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// site is what one user of lxdocker has: three folders.
type site struct{ specs, cache, images string }

func newSite(t *testing.T) *site {
	t.Helper()
	dir := t.TempDir()
	s := &site{specs: filepath.Join(dir, "specs"), cache: filepath.Join(dir, "cache"), images: filepath.Join(dir, "images")}
	if err := os.Mkdir(s.specs, 0o755); err != nil {
		t.Fatal(err)
	}
	return s
}

// write writes the spec of an image.
func (s *site) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.specs, name+".yaml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// from writes specs of images that the testbed's registry has under the same names.
func (s *site) from(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		s.write(t, name, "image: "+imageRef(name)+"\n")
	}
}

// imageRef is the reference of an image of test/images.
func imageRef(name string) string { return bed.Registry + "/library/" + name }

// outcome is how a run of a program ended.
type outcome struct {
	code           int // -1: by a signal
	stdout, stderr string
	took, cpu      time.Duration // elapsed, and of the processors
}

func (o outcome) String() string {
	return "standard output:\n" + o.stdout + "\nstandard error:\n" + o.stderr
}

// lxdocker runs it on the site.
func (s *site) lxdocker(t *testing.T, args ...string) outcome {
	t.Helper()
	cmd := s.command(t.Context(), args...)
	return runToEnd(t, cmd)
}

func (s *site) command(ctx context.Context, args ...string) *exec.Cmd {
	args = append([]string{"--specs", s.specs, "--cache", s.cache, "--lxdimages", s.images}, args...)
	return exec.CommandContext(ctx, filepath.Join(programs, "lxdocker"), args...)
}

// build runs lxdocker, and everything must go well.
func (s *site) build(t *testing.T, args ...string) outcome {
	t.Helper()
	o := s.lxdocker(t, args...)
	if o.code != 0 {
		t.Fatalf("lxdocker ended with %d\n%v", o.code, o)
	}
	return o
}

// program runs one of the two with these arguments.
func program(t *testing.T, name string, args ...string) outcome {
	t.Helper()
	return runToEnd(t, exec.CommandContext(t.Context(), filepath.Join(programs, name), args...))
}

func runToEnd(t *testing.T, cmd *exec.Cmd) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	began := time.Now()
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	took, ended := time.Since(began), cmd.ProcessState
	return outcome{ended.ExitCode(), stdout.String(), stderr.String(), took, ended.UserTime() + ended.SystemTime()}
}

// remove removes the spec of an image.
func (s *site) remove(t *testing.T, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(s.specs, name+".yaml")); err != nil {
		t.Fatal(err)
	}
}
