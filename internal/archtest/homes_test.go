package archtest_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// homes says which packages import a third-party module: those whose job it is.
// (test) marks those where only tests do.
var homes = map[string][]string{
	"github.com/coredns/coredns":   {"test/images/coredns"},
	"github.com/coreos/go-systemd": {"internal/systemd"},
	"github.com/fsnotify/fsnotify": {"internal/changes"},
	"github.com/google/go-containerregistry": {"internal/oci/registry", "internal/oci/archive (test)", "internal/oci/source (test)",
		"examples/demo", "test/bench", "test/soak",
		"cmd/lxdocker (test)", "internal/build (test)", "test/hub (test)", "test/instance (test)", "test/power (test)"},
	"github.com/klauspost/compress":         {"internal/block", "internal/contents", "internal/document", "internal/layer", "internal/layer/unpacking (test)", "internal/oci/archive", "test/bench", "test/hostile/bomb", "test/oracle (test)", "test/upgrade (test)"},
	"github.com/klauspost/pgzip":            {"internal/lxdimage"},
	"github.com/moby/go-archive":            {"test/oracle (test)"},
	"github.com/prometheus/client_golang":   {"internal/metrics"},
	"github.com/rogpeppe/go-internal":       {"internal/command/commandtest", "cmd/imgserver (test)", "cmd/lxdocker (test)", "internal/spec (test)"},
	"github.com/santhosh-tekuri/jsonschema": {"internal/spec (test)", "cmd/lxdocker (test)"},
	"github.com/spf13/cobra":                {"cmd/imgserver", "cmd/lxdocker", "internal/command", "internal/config"},
	"github.com/spf13/pflag":                {"cmd/imgserver", "cmd/lxdocker", "internal/command", "internal/config", "internal/settings", "test/bench"},
	"github.com/ulikunitz/xz":               {"internal/lxdimage"},
	"go.yaml.in/yaml":                       {"internal/daemon/remote", "internal/lxdimage", "internal/spec/diag", "internal/spec (test)"},
	"golang.org/x/crypto":                   {"internal/server/access", "internal/server/acme", "internal/server (test)"},
	"golang.org/x/sync":                     {"internal/build", "internal/convert", "internal/hub", "internal/layer", "internal/layer/unpacking (test)", "internal/store/dir", "test/bench", "test/bench/load", "internal/server (test)"},
	"golang.org/x/sys": {"internal/background", "internal/background/processes (test)", "internal/block", "internal/durable", "internal/instance/replica", "internal/layer", "internal/layer/unpacking", "internal/server", "internal/store/dir", "internal/squashfs/squashfstest",
		"test/bench", "test/bench/clock", "test/bench/serving", "test/testbed", "cmd/lxdocker (test)", "internal/guest (test)", "internal/rootfs (test)", "internal/squashfs (test)", "test/oracle (test)", "test/power (test)"},
	"golang.org/x/term": {"cmd/lxdocker"},
}

// testing libraries are at home in every test, and nowhere else.
var testLibraries = []string{"github.com/google/go-cmp", "pgregory.net/rapid"}

func TestThirdPartyModulesStayWhereTheirJobIs(t *testing.T) {
	have := importers(t)
	for module, froms := range have {
		for _, from := range froms {
			if !slices.Contains(homes[module], from) {
				t.Errorf("%s imports %s; if that is its job, say so in homes", from, module)
			}
		}
	}
	for module, froms := range homes {
		for _, from := range froms {
			if !slices.Contains(have[module], from) {
				t.Errorf("homes says that %s imports %s, but it does not", from, module)
			}
		}
	}
}

// importers returns what homes should say.
func importers(t *testing.T) map[string][]string {
	t.Helper()
	packages := sources(t)
	have := map[string][]string{}
	add := func(imported, from string) {
		if module := thirdParty(imported); module != "" && !slices.Contains(have[module], from) {
			have[module] = append(have[module], from)
		}
	}
	for _, from := range slices.Sorted(maps.Keys(packages)) {
		for _, imported := range packages[from].imports {
			if !slices.Contains(testLibraries, thirdParty(imported)) || groupOf(t, from).name != "tests" {
				add(imported, from)
			}
		}
		for _, imported := range packages[from].tests {
			if module := thirdParty(imported); !slices.Contains(testLibraries, module) && !slices.Contains(have[module], from) {
				add(imported, from+" (test)")
			}
		}
	}
	return have
}

// thirdParty returns the module of an imported package, without its major
// version, or nothing if that is ours or the standard library's, whose paths do
// not start with a domain.
func thirdParty(imported string) string {
	elements := strings.Split(imported, "/")
	length := 3
	switch elements[0] {
	case "go.yaml.in", "pgregory.net":
		length = 2
	}
	if !strings.Contains(elements[0], ".") {
		return ""
	}
	return strings.Join(elements[:min(length, len(elements))], "/")
}
