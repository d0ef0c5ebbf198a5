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
// that have a flag. None may have a command or flag that does not exist.
func Documented(t *testing.T, root, program string, parse func(args []string) error) {
	t.Helper()
	count := 0
	for _, line := range documented(t, root, program) {
		count++
		if err := parse(words(line)[1:]); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	if count < 3 {
		t.Errorf("%d command lines of %s were found", count, program)
	}
}

// documented finds the lines.
func documented(t *testing.T, root, program string) []string {
	t.Helper()
	inText := regexp.MustCompile("`(" + program + " [^`]*--[^`]*)`")
	inBlock := regexp.MustCompile(`^ *(?:[0-9*]+(?: [0-9*]+){4} +|\$ )?(` + program + ` .*)$`)
	var lines []string
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(file) != ".md" {
			return err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		for _, found := range inText.FindAllStringSubmatch(string(text), -1) {
			lines = append(lines, found[1])
		}
		fenced := false
		for line := range strings.Lines(strings.ReplaceAll(string(text), "\\\n", " ")) {
			if strings.HasPrefix(line, "```") {
				fenced = !fenced
			}
			if found := inBlock.FindStringSubmatch(strings.TrimSpace(line)); found != nil && (fenced || strings.HasPrefix(line, "    ")) {
				lines = append(lines, found[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
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
