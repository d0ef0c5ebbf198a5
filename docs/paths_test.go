package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestPathsAreThere: a path of the repository that a page names in code exists.
func TestPathsAreThere(t *testing.T) {
	count := 0
	named := regexp.MustCompile("`((?:cmd|docs|examples|internal|packaging|test)/[\\w./-]*\\w)`")
	for name := range pages(t) {
		text, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range named.FindAllStringSubmatch(string(text), -1) {
			count++
			if _, err := os.Stat(filepath.Join("..", found[1])); err != nil {
				t.Errorf("%s names %s, which does not exist", name, found[1])
			}
		}
	}
	if count < 10 {
		t.Errorf("only %d paths are named", count)
	}
}
