package ocitest

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"lxdocker/internal/testenv"
)

// Run runs a program that reads or writes images, like skopeo, with a home of its own.
func Run(t *testing.T, program string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), testenv.NeedsProgram(t, program, program), args...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, out)
	}
}
