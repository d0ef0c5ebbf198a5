package testenv

import (
	"os"
	"os/exec"
	"testing"
)

// NeedsProgram returns the path of a program; debian is the package that brings it.
func NeedsProgram(t *testing.T, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		missing(t, name+" is not installed (apt install "+debian+")")
	}
	return path
}

// NeedsRoot is for tests that mount, or start containers.
func NeedsRoot(t *testing.T) {
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
