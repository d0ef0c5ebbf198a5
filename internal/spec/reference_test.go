package spec

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lxdocker/internal/arch"
)

const referenceFile = "../../docs/spec-reference.md"

// TestReferenceTablesAreCurrent: the tables of the reference are those of this
// package. -update rewrites them.
func TestReferenceTablesAreCurrent(t *testing.T) {
	text, err := os.ReadFile(referenceFile)
	if err != nil {
		t.Fatal(err)
	}
	got := string(text)
	for name, rows := range map[string]string{
		"keys":          rowsOf(specKeys, func(name string) string { return fmt.Sprintf("[`%s`](#%s)", name, name) }),
		"healthcheck":   rowsOf(healthKeys, func(name string) string { return "`" + name + "`" }),
		"verify":        rowsOf(verifyKeys, func(name string) string { return "`" + name + "`" }),
		"files":         rowsOf(fileKeys, func(name string) string { return "`" + name + "`" }),
		"architectures": architectureRows(),
	} {
		head, rest, found := strings.Cut(got, "<!-- generated: "+name+" -->\n")
		_, tail, closed := strings.Cut(rest, "<!-- end -->")
		if !found || !closed {
			t.Fatalf("the reference has no place for the table %s", name)
		}
		got = head + "<!-- generated: " + name + " -->\n" + rows + "<!-- end -->" + tail
	}
	if got == string(text) {
		return
	}
	if !*update {
		t.Fatal("the tables of docs/spec-reference.md are not those of the keys: go test ./internal/spec -update")
	}
	if err := os.WriteFile(referenceFile, []byte(got), 0o666); err != nil {
		t.Fatal(err)
	}
}

func rowsOf[T any](keys table[T], link func(name string) string) string {
	rows := "| key | type | default | what it is |\n|---|---|---|---|\n"
	for _, k := range keys {
		rows += strings.ReplaceAll(fmt.Sprintf("| %s | %s | %s | %s |\n", link(k.name), k.kind, k.byDefault, k.about), "|  |", "| |")
	}
	return rows
}

func architectureRows() string {
	rows := "| OCI | also | for LXD and Incus |\n|---|---|---|\n"
	for _, a := range arch.All() {
		var also []string
		for _, name := range a.Names()[1:] {
			also = append(also, "`"+name+"`")
		}
		rows += strings.ReplaceAll(fmt.Sprintf("| `%s` | %s | %s |\n", a.Platform(), strings.Join(also, ", "), a.Name), "|  |", "| |")
	}
	return rows
}

// TestReference loads every example of docs/spec-reference.md, with the files
// that it names beside it.
func TestReference(t *testing.T) {
	text, err := os.ReadFile(referenceFile)
	if err != nil {
		t.Fatal(err)
	}
	valid := validator(t)
	shown := make(map[string]bool)
	count := 0
	for i, part := range strings.Split(string(text), "```yaml\n")[1:] {
		block, _, closed := strings.Cut(part, "```")
		if !closed {
			t.Fatalf("example %d has no end", i+1)
		}
		if !strings.Contains(block, "image:") { // an excerpt
			block = "image: nginx\n" + block
		}
		dir := t.TempDir()
		path := filepath.Join(dir, "nginx.yaml")
		write(t, path, block)
		if err := os.Mkdir(filepath.Join(dir, "files"), 0o777); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"files/index.html", "motd", "cosign.pub", "second.pub"} {
			write(t, filepath.Join(dir, name), "hello\n")
		}
		s, err := Load(path)
		if err != nil {
			t.Errorf("example %d: %v", i+1, err)
			continue
		}
		if err := valid([]byte(block)); err != nil {
			t.Errorf("example %d: %v", i+1, err)
		}
		for key := range s.places {
			shown[key] = true
		}
		count++
	}
	for _, key := range specKeys.names() {
		if !shown[key] {
			t.Errorf("no example shows the key %s", key)
		}
		if !strings.Contains(string(text), "\n### `"+key+"`") {
			t.Errorf("the key %s has no section", key)
		}
	}
	for _, key := range slices.Concat(fileKeys.names(), healthKeys.names(), verifyKeys.names()) {
		if !strings.Contains(string(text), "| `"+key+"` |") {
			t.Errorf("the key %s has no line in a table", key)
		}
	}
	if count < len(specKeys.names()) {
		t.Errorf("%d examples were loaded: were they found?", count)
	}
}
