package docs

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestWhatIsKnownOfDependenciesIsOfTheirVersions: SECURITY.md has a row for each module
// whose code is in the programs, with the version that go.mod chooses.
func TestWhatIsKnownOfDependenciesIsOfTheirVersions(t *testing.T) {
	page, err := os.ReadFile("../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	list := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}| {{.Path}} | {{.Version}} |{{end}}{{end}}", "lxdocker/cmd/...")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]bool{}
	for row := range strings.Lines(string(out)) {
		if row = strings.TrimSpace(row); row != "" {
			rows[row] = true
		}
	}
	if len(rows) < 5 {
		t.Fatalf("the programs have the modules %v", rows)
	}
	for row := range rows {
		if !strings.Contains(string(page), row) {
			t.Errorf("SECURITY.md has no row %s: look up what is known of that version", row)
		}
	}
}
