package docs

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestFormatVersionsAreCurrent: the versions in docs/upgrading.md are those in
// the sources.
func TestFormatVersionsAreCurrent(t *testing.T) {
	text, err := os.ReadFile("upgrading.md")
	if err != nil {
		t.Fatal(err)
	}
	printed := sources(t)
	for row, declared := range map[string]string{
		"| images | ":                                `(?m)^const FormatVersion = (\d+)$`,
		"| the images folder as a whole | ":          `(?m)^const folderFormat = (\d+)$`,
		"| `version.json` of a published version | ": `(?m)^const format = (\d+)$`,
		"| the ledger of the images folder | ":       `(?m)^const ledgerFormat = (\d+)$`,
		"| the record of runs | ":                    `(?m)^const Format = (\d+)$`,
		"| packs in the cache | ":                    `(?m)^\tformatVersion += (\d+)$`,
	} {
		found := regexp.MustCompile(declared).FindStringSubmatch(printed)
		if found == nil {
			t.Errorf("no source declares what %q is about", row)
		} else if !strings.Contains(string(text), row+found[1]) {
			t.Errorf("the sources say %q, but no row begins %q", found[0], row+found[1])
		}
	}
}
