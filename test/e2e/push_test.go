//go:build e2e

package e2e

import (
	"os/exec"
	"testing"
)

// push copies an image as skopeo does: a real client's push, of the manifest as it is.
func push(t *testing.T, from, to string, options ...string) {
	t.Helper()
	args := append([]string{"copy", "--quiet", "--src-tls-verify=false", "--dest-tls-verify=false"}, options...)
	shell(t, "skopeo", append(args, from, to)...)
}

// shell runs a program that must succeed.
func shell(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}
