package docs

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestMessagesAreReal: what the first column of docs/troubleshooting.md quotes
// is a message that a program prints. Between two "…" anything may stand.
func TestMessagesAreReal(t *testing.T) {
	text, err := os.ReadFile("troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	printed := sources(t)
	quoted := regexp.MustCompile("^\\| `([^`]+)`")
	count := 0
	for line := range strings.Lines(string(text)) {
		found := quoted.FindStringSubmatch(line)
		if found == nil || commands.MatchString(found[1]) {
			continue
		}
		count++
		for part := range strings.SplitSeq(found[1], "…") {
			if part = strings.Trim(part, " ':"); len(part) > 3 && !strings.Contains(printed, part) {
				t.Errorf("no program says %q", part)
			}
		}
	}
	if count < 20 {
		t.Errorf("only %d messages are quoted", count)
	}
}

// commands are symptoms that begin with a command, and what the kernel says.
var commands = regexp.MustCompile(`^lxc |^no space left on device$`)

// sources is the text of all programs and scripts, without the backquotes that
// Go has around words of commands.
func sources(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, root := range []string{"../cmd", "../internal"} {
		err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(file, "_test.go") {
				return err
			}
			ext := path.Ext(file)
			if ext != ".go" && !strings.Contains(filepath.ToSlash(file), "guest/files/") {
				return nil
			}
			text, err := os.ReadFile(file)
			all.Write(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return strings.ReplaceAll(all.String(), "`", "")
}
