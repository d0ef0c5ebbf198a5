package archtest_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite edges.txt")

const edgesFile = "edges.txt"

const edgesHead = `# Every import between packages of this project, one line each; (test) marks
# those that only tests have. A new line here is a new arrow in the picture of
# docs/architecture.md: is it meant? "go test ./internal/archtest -update"
# rewrites this file.
`

func TestEveryImportIsListed(t *testing.T) {
	have := edges(sources(t))
	if *update {
		if err := os.WriteFile(edgesFile, []byte(edgesHead+strings.Join(have, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(edgesFile)
	if err != nil {
		t.Fatal(err)
	}
	listed := strings.Split(strings.TrimSpace(strings.TrimPrefix(string(text), edgesHead)), "\n")
	for _, edge := range have {
		if !slices.Contains(listed, edge) {
			t.Errorf("%s is not in %s; if it is meant: go test ./internal/archtest -update", edge, edgesFile)
		}
	}
	for _, edge := range listed {
		if !slices.Contains(have, edge) {
			t.Errorf("%s is in %s, but nothing imports so any more: go test ./internal/archtest -update", edge, edgesFile)
		}
	}
}

// edges returns the lines of edges.txt.
func edges(packages map[string]source) []string {
	var lines []string
	for _, from := range slices.Sorted(maps.Keys(packages)) {
		for _, to := range ours(from, packages[from].imports) {
			lines = append(lines, fmt.Sprintf("%s -> %s", from, to))
		}
		for _, to := range ours(from, packages[from].tests) {
			lines = append(lines, fmt.Sprintf("%s -> %s (test)", from, to))
		}
	}
	return lines
}
