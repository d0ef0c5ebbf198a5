package house_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// listed is what the rules need of `go list -json`.
type listed struct {
	ImportPath    string
	Imports, Deps []string
	Standard      bool
}

func list(t *testing.T, args ...string) map[string]listed {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,Deps,Standard"}, args...)...)
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := map[string]listed{}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages[p.ImportPath] = p
	}
}

func TestPurePackagesReachNoNetworkAndStartNoProgram(t *testing.T) {
	packages := list(t, "./internal/...")
	for _, name := range []string{"block", "rootfs", "squashfs", "tarball", "lxdimage", "delta", "spec", "simplestreams", "catalog"} {
		p, ok := packages["lxdocker/internal/"+name]
		if !ok {
			t.Errorf("there is no package %s", name)
		}
		for _, forbidden := range []string{"net", "net/http", "os/exec"} {
			if slices.Contains(p.Deps, forbidden) {
				t.Errorf("%s reaches %s", name, forbidden)
			}
		}
	}
}

func TestServingKnowsNothingOfConverting(t *testing.T) {
	packages := list(t, "./...")
	// cmd/imgserver does: it gives the hub to the server.
	for _, name := range []string{"internal/server", "internal/catalog", "internal/simplestreams", "internal/imageapi"} {
		p, ok := packages["lxdocker/"+name]
		if !ok {
			t.Errorf("there is no package %s", name)
		}
		for _, forbidden := range []string{"oci", "layer", "rootfs", "guest", "build"} {
			if slices.Contains(p.Deps, "lxdocker/internal/"+forbidden) {
				t.Errorf("%s reaches %s", name, forbidden)
			}
		}
	}
}

func TestDataFlowsOneWay(t *testing.T) {
	// Nobody but the command line may know the conductor, and nobody imports a
	// command.
	for path, p := range list(t, "./internal/...") {
		for _, i := range p.Imports {
			if i == "lxdocker/internal/build" && path != "lxdocker/internal/command/conversion" || strings.HasPrefix(i, "lxdocker/cmd/") {
				t.Errorf("%s imports %s", path, i)
			}
		}
	}
}

// homes says in which packages a third-party module may be imported.
var homes = map[string][]string{
	"github.com/google/go-containerregistry": {"internal/oci", "examples/demo", "test/bench", "test/soak"},
	"github.com/klauspost/compress":          {"internal/block", "internal/layer", "internal/oci", "internal/server", "test/bench"},
	"github.com/klauspost/pgzip":             {"internal/lxdimage"},
	"github.com/ulikunitz/xz":                {"internal/lxdimage"},
	"go.yaml.in/yaml/v4":                     {"internal/spec", "internal/lxdimage"},
	"github.com/invopop/jsonschema":          {"internal/spec/schemagen"},
	"github.com/spf13/cobra":                 {"cmd/lxdocker", "cmd/imgserver", "internal/command"},
	"github.com/spf13/pflag":                 {"internal/command/conversion", "cmd/imgserver"},
	"github.com/rogpeppe/go-internal":        {"internal/command/commandtest"},
	"golang.org/x/sync":                      {"internal/build", "internal/hub", "internal/oci", "internal/layer"},
	"golang.org/x/sys":                       {"internal/store", "internal/layer", "internal/guest", "internal/server/certificate", "internal/squashfs/squashfstest", "test/lab", "test/bench", "test/bench/clock"},
	"github.com/google/go-cmp":               {"internal/store/storetest"},
	"golang.org/x/term":                      {"cmd/lxdocker"},
}

func TestThirdPartyModulesStayWhereTheirJobIs(t *testing.T) {
	for path, p := range list(t, "./...") {
		for _, i := range p.Imports {
			first, _, _ := strings.Cut(i, "/")
			if !strings.Contains(first, ".") {
				continue // the standard library, or ours
			}
			home := strings.TrimPrefix(path, "lxdocker/")
			if !slices.ContainsFunc(allowed(i), func(h string) bool { return h == home }) {
				t.Errorf("%s imports %s; if that is its job, say so in homes", home, i)
			}
		}
	}
}

func allowed(imported string) []string {
	for module, packages := range homes {
		if imported == module || strings.HasPrefix(imported, module+"/") {
			return packages
		}
	}
	return nil
}
