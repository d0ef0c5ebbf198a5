package archtest_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// pure are the packages that reach neither network nor programs, not even
// through others.
var pure = []string{
	"arch", "terminal",
	"block", "rootfs", "squashfs", "tarball", "lxdimage", "delta", // their input is nobody's we trust
	"spec", "simplestreams", "catalog", "image",
}

func TestPurePackagesReachNoNetworkAndStartNoProgram(t *testing.T) {
	for _, name := range pure {
		for _, forbidden := range []string{"net", "net/http", "os/exec"} {
			if slices.Contains(reached(t, "internal/"+name), forbidden) {
				t.Errorf("%s reaches %s", name, forbidden)
			}
		}
	}
}

// converting is what serving must not reach, not even through others: what the
// server converts on demand is an interface that cmd/imgserver fills.
var converting = []string{"oci", "layer", "rootfs", "guest", "build"}

func TestServingKnowsNothingOfConverting(t *testing.T) {
	for _, name := range []string{"server", "catalog", "simplestreams", "imageapi"} {
		for _, path := range reached(t, "internal/"+name) {
			rest, _ := strings.CutPrefix(path, module+"internal/")
			if first, _, _ := strings.Cut(rest, "/"); slices.Contains(converting, first) {
				t.Errorf("%s reaches %s", name, path)
			}
		}
	}
}

// reached returns the import paths of all that a package needs.
func reached(t *testing.T, name string) []string {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "./"+name)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %s: %v", name, err)
	}
	return strings.Fields(string(out))
}
