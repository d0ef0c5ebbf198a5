// Package need is for tests that want more of a machine than Go: a program, or
// root. Where that is missing, a person is told what was not run; in CI, which
// installs everything, it is a failure, so that no gap can hide there.
package need

import (
	"os"
	"os/exec"
	"testing"
)

// Program finds a program; debian is the package that brings it.
func Program(t *testing.T, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		missing(t, name+" is not installed (apt install "+debian+")")
	}
	return path
}

// Root is for tests that mount, or start containers.
func Root(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		missing(t, "it needs root")
	}
}

func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal("this cannot run here: " + what)
	}
	t.Skip("not run: " + what)
}
