package archtest_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// A group is one part of the architecture. Its packages import each other and those of
// the groups that it names, and nothing else.
type group struct {
	name     string
	packages []string // and what is below them
	imports  []string // groups
}

// groups is the picture of docs/architecture.md: a group imports only those above
// it. A package belongs to the longest path that it is below.
var groups = []group{
	{name: "words", packages: below("internal", "image", "arch", "mediatype", "failure", "version", "humanize", "terminal", "lifecycle", "document", "schedule", "contents", "ratelimit")},
	{name: "disk", packages: below("internal", "durable", "background", "background/processes", "memory", "changes"), imports: []string{"words"}},
	{name: "specs", packages: below("internal", "spec"), imports: []string{"words", "disk"}},
	{name: "names", packages: below("internal", "oci", "signature"), imports: []string{"words"}},
	{name: "getting", packages: below("internal", "oci/registry", "oci/archive", "oci/source", "trust"), imports: []string{"words", "names", "disk"}},
	{name: "making", packages: below("internal", "block", "layer", "rootfs", "guest", "squashfs", "tarball", "lxdimage", "delta"),
		imports: []string{"words", "disk"}},
	{name: "keeping", packages: below("internal", "store", "catalog", "runs"), imports: []string{"words", "disk"}},
	{name: "index", packages: below("internal", "simplestreams", "admin", "status"), imports: []string{"words", "keeping"}},
	{name: "offering", packages: below("internal", "imageapi", "server", "negotiate"), imports: []string{"words", "disk", "keeping", "index"}},
	// The hub knows names of images, but not how they are fetched.
	{name: "hub", packages: below("internal", "hub"), imports: []string{"words", "names", "disk", "keeping"}},
	// What runs instances knows no way to make an image: programs fill an interface of it.
	{name: "running", packages: below("internal", "daemon", "instance", "agent", "notice"), imports: []string{"words"}},
	{name: "watching", packages: below("internal", "progress"), imports: []string{"words"}},
	{name: "counting", packages: below("internal", "metrics"), imports: []string{"words", "keeping", "watching"}},
	{name: "conducting", packages: below("internal", "build", "convert"),
		imports: []string{"words", "names", "disk", "specs", "getting", "making", "keeping", "index", "watching"}},
	{name: "supervision", packages: below("internal", "systemd")},
	{name: "commands", packages: append(below("internal", "command", "config", "settings"), "cmd"),
		imports: []string{"words", "names", "disk", "specs", "getting", "making", "keeping", "index", "offering", "hub", "running", "watching", "counting", "conducting", "supervision"}},
	{name: "tests", packages: append(below("internal", "archtest", "testenv"), "test", "examples",
		"internal/store/storetest", "internal/guest/guesttest", "internal/squashfs/squashfstest", "internal/server/servertest", "internal/server/acme/acmetest", "internal/command/commandtest", "internal/oci/ocitest", "internal/signature/signaturetest"),
		imports: []string{"words", "names", "disk", "getting", "making", "keeping", "running"}},
	// The benchmark makes stores of many images, for which it needs the keys that builds compare.
	{name: "benchmark", packages: below("test", "bench"),
		imports: []string{"words", "disk", "specs", "getting", "making", "keeping", "watching", "conducting", "commands", "tests"}},
}

func below(top string, names ...string) []string {
	paths := make([]string, len(names))
	for i, name := range names {
		paths[i] = top + "/" + name
	}
	return paths
}

func TestGroupsAreInOrderAndHavePackages(t *testing.T) {
	packages := sources(t)
	for n, g := range groups {
		for _, name := range g.imports {
			if !slices.ContainsFunc(groups[:n], func(above group) bool { return above.name == name }) {
				t.Errorf("%q imports %q, which is not above it", g.name, name)
			}
		}
		for _, p := range g.packages {
			if !slices.ContainsFunc(slices.Collect(maps.Keys(packages)), func(path string) bool { return path == p || strings.HasPrefix(path, p+"/") }) {
				t.Errorf("there is no package %s, of %q", p, g.name)
			}
		}
	}
}

func TestGroupsImportOnlyWhatIsAboveThem(t *testing.T) {
	packages := sources(t)
	for _, from := range slices.Sorted(maps.Keys(packages)) {
		g := groupOf(t, from)
		for _, to := range ours(from, packages[from].imports) {
			if other := groupOf(t, to); other.name != g.name && !slices.Contains(g.imports, other.name) {
				t.Errorf("%s imports %s, but %q may not import %q", from, to, g.name, other.name)
			}
		}
	}
}

func TestNoProgramContainsTestHelpers(t *testing.T) {
	for from, p := range sources(t) {
		for _, to := range ours(from, p.imports) {
			if name := groupOf(t, from).name; name != "tests" && name != "benchmark" && groupOf(t, to).name == "tests" {
				t.Errorf("%s imports %s, which is for tests", from, to)
			}
		}
	}
}

func groupOf(t *testing.T, path string) group {
	t.Helper()
	var found group
	longest := -1
	for _, g := range groups {
		for _, p := range g.packages {
			if (path == p || strings.HasPrefix(path, p+"/")) && len(p) > longest {
				found, longest = g, len(p)
			}
		}
	}
	if longest < 0 {
		t.Fatalf("%s is in no group: add it to the one whose job it shares", path)
	}
	return found
}
