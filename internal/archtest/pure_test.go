package archtest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// pure are the packages that reach neither network nor programs, not even
// through others.
var pure = []string{
	"arch", "lifecycle", "terminal", "failure", "mediatype", "humanize",
	"block", "rootfs", "squashfs", "tarball", "lxdimage", "delta", // their input is nobody's we trust
	"spec", "oci", "simplestreams", "catalog", "image", "document", "schedule", "contents", "ratelimit",
}

func TestPurePackagesReachNoNetworkAndStartNoProgram(t *testing.T) {
	packages := reached(t)
	for _, name := range pure {
		deps, ok := packages[module+"internal/"+name]
		if !ok {
			t.Errorf("there is no package %s", name)
		}
		for _, forbidden := range []string{"net", "net/http", "os/exec"} {
			if slices.Contains(deps, forbidden) {
				t.Errorf("%s reaches %s", name, forbidden)
			}
		}
	}
}

// diskless are the packages that import nothing of which files could be opened.
// Only their own imports count: fmt reaches package os.
var diskless = []string{
	"arch", "lifecycle", "terminal", "failure", "mediatype", "humanize", "image", "document", "version", "schedule", "contents", "ratelimit",
	"oci", "signature", "simplestreams", "catalog", "store", "admin", "status",
}

func TestWordsKnowNoDisk(t *testing.T) {
	packages := sources(t)
	for _, name := range diskless {
		p, ok := packages["internal/"+name]
		if !ok {
			t.Errorf("there is no package %s", name)
		}
		for _, forbidden := range []string{"os", "syscall", "golang.org/x/sys/unix"} {
			if slices.Contains(p.imports, forbidden) {
				t.Errorf("%s imports %s", name, forbidden)
			}
		}
	}
}

// Which store it is, and that it is a folder, is for programs alone.
func TestOnlyProgramsKnowWhereImagesAreKept(t *testing.T) {
	for from, p := range sources(t) {
		if slices.Contains(p.imports, "internal/store/dir") && !strings.HasPrefix(from, "cmd/") {
			t.Errorf("%s imports store/dir", from)
		}
	}
}

// serving are the packages that answer clients and those who watch.
var serving = []string{
	"server", "server/web", "server/certificate", "server/acme", "server/monitor", "imageapi", "negotiate", "catalog", "simplestreams",
}

// converting is what serving must not reach, not even through others: what the
// server converts on demand is an interface that cmd/imgserver fills.
var converting = []string{"oci", "layer", "rootfs", "guest", "convert", "build"}

func TestServingKnowsNothingOfConverting(t *testing.T) {
	packages := reached(t)
	for _, name := range serving {
		deps, ok := packages[module+"internal/"+name]
		if !ok {
			t.Errorf("there is no package %s", name)
		}
		for _, path := range deps {
			rest, _ := strings.CutPrefix(path, module+"internal/")
			if first, _, _ := strings.Cut(rest, "/"); slices.Contains(converting, first) {
				t.Errorf("%s reaches %s", name, path)
			}
		}
	}
}

// reached returns the import paths of all that each package below internal
// needs.
func reached(t *testing.T) map[string][]string {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Deps", "./internal/...")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := map[string][]string{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath string
			Deps       []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages[p.ImportPath] = p.Deps
	}
}
