package commandtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Documented parses every command line of a program in the pages of the
// repository, whose root is given: those in blocks of code, and those in the text
// that have a flag. None may have a command or flag that does not exist, and every
// one of flags has to be named on some page.
func Documented(t *testing.T, root, program string, flags []string, parse func(args []string) error) {
	t.Helper()
	all := pages(t, root)
	lines := commandLines(all, program)
	for _, line := range lines {
		if err := parse(words(line)[1:]); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	if len(lines) < 3 {
		t.Errorf("%d command lines of %s were found", len(lines), program)
	}
	for _, flag := range flags {
		if !strings.Contains(all, "--"+flag) {
			t.Errorf("no page names the flag --%s of %s", flag, program)
		}
	}
}

// pages is the text of all pages, one after the other, without what changed once.
func pages(t *testing.T, root string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(file) != ".md" || d.Name() == "CHANGELOG.md" {
			return err
		}
		text, err := os.ReadFile(file)
		all.Write(append(text, '\n'))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

func commandLines(text, program string) []string {
	inText := regexp.MustCompile("`(" + program + " [^`]*--[^`]*)`")
	inBlock := regexp.MustCompile(`^(?:[0-9*]+(?: [0-9*]+){4} +|\$ )?(` + program + ` .*)$`)
	var lines []string
	for _, found := range inText.FindAllStringSubmatch(text, -1) {
		lines = append(lines, found[1])
	}
	fenced := false
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
		}
		found := inBlock.FindStringSubmatch(strings.TrimSpace(line))
		if found != nil && (fenced || strings.HasPrefix(line, "    ")) {
			lines = append(lines, found[1])
		}
	}
	return lines
}

// words splits a command line, without what a shell would not pass on: quotes,
// comments, redirections and what follows a pipe.
func words(line string) []string {
	var all []string
	for _, quoted := range regexp.MustCompile(`'[^']*'|"[^"]*"|\S+`).FindAllString(line, -1) {
		if strings.ContainsAny(quoted[:1], "#>|;") {
			break
		}
		all = append(all, strings.Trim(quoted, `'"`))
	}
	return all
}
