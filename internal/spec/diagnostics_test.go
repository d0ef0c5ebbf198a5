package spec

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"lxdocker/internal/spec/diag"
)

var update = flag.Bool("update", false, "rewrite the golden messages")

// TestDiagnostics loads each folder of testdata/mistakes/*.txtar and compares the
// error with the folder's file `want`, to the last character: what people read is
// what this package is for.
func TestDiagnostics(t *testing.T) {
	for _, file := range archives(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			cases := readFolders(t, file)
			for i, c := range cases {
				t.Run(c.name, func(t *testing.T) {
					got := loadError(t, c)
					if *update {
						cases[i].want = got
					} else if got != c.want {
						t.Errorf("got\n%s\nwant\n%s", got, c.want)
					}
				})
			}
			if *update {
				if err := os.WriteFile(file, archiveOf(t, file, cases), 0o666); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// wrongFolder is a folder of specs that something is wrong with.
type wrongFolder struct {
	name   string
	specs  []txtar.File
	want   string // the error
	beyond string // why the schema cannot know, if so
}

func archives(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/mistakes/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	return files
}

func readFolders(t testing.TB, path string) []wrongFolder {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []wrongFolder
	for _, f := range archive.Files {
		name, file, _ := strings.Cut(f.Name, "/")
		if len(all) == 0 || all[len(all)-1].name != name {
			all = append(all, wrongFolder{name: name})
		}
		c := &all[len(all)-1]
		switch file {
		case "want":
			c.want = string(f.Data)
		case "beyond the schema":
			c.beyond = string(f.Data)
		default:
			c.specs = append(c.specs, txtar.File{Name: file, Data: f.Data})
		}
	}
	return all
}

func archiveOf(t *testing.T, path string, cases []wrongFolder) []byte {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	archive.Files = nil
	for _, c := range cases {
		for _, f := range c.specs {
			archive.Files = append(archive.Files, txtar.File{Name: c.name + "/" + f.Name, Data: f.Data})
		}
		if c.beyond != "" {
			archive.Files = append(archive.Files, txtar.File{Name: c.name + "/beyond the schema", Data: []byte(c.beyond)})
		}
		archive.Files = append(archive.Files, txtar.File{Name: c.name + "/want", Data: []byte(c.want)})
	}
	return txtar.Format(archive)
}

func loadError(t *testing.T, c wrongFolder) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range c.specs {
		write(t, filepath.Join(dir, f.Name), string(f.Data))
	}
	set, err := ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range set.Wrong {
		if d.Hint == "" {
			t.Errorf("no hint for %q", d.Text)
		}
		if slices.ContainsFunc(set.Specs, func(s Spec) bool { return s.File == d.File }) {
			t.Errorf("%s is wrong, and came along", d.File)
		}
	}
	specs, err := loadDir(dir)
	if !errors.As(err, new(diag.Diagnostics)) || specs != nil {
		t.Fatalf("loaded %q, %v", names(specs), err)
	}
	return strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), "") + "\n"
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestNoDiagnosticRepeatsAVariable looks for the password that the cases of env use,
// and puts it before and behind what is wrong in all other cases.
func TestNoDiagnosticRepeatsAVariable(t *testing.T) {
	variables := []string{
		"env: {PASSWORD: hunter2}\n", "env:\n  PASSWORD: hunter2\n", "env:\n- PASSWORD=hunter2\n", "env:\n  PASSWORD: \"\n  hunter2\n\"\n", "environment:\n  PASSWORD: hunter2\n",
		"env:\n  PASSWORD: |\nhunter2\n", "env:\nPASSWORD: hunter2\n", "env: [PASSWORD=hunter2\n", "env: *hunter2\n", "env:\n  A: !hunter2 b\n", "env:\n\tPASSWORD: hunter2\n",
	}
	check := func(t *testing.T, text string) {
		_, wrong := parse("nginx", "nginx.yaml", []byte(text), noFile)
		if strings.Contains(wrong.Error(), "hunter2") {
			t.Errorf("in\n%s\nis wrong\n%s", text, wrong)
		}
	}
	for _, file := range archives(t) {
		for _, c := range readFolders(t, file) {
			for _, f := range c.specs {
				check(t, string(f.Data))
				for _, v := range variables {
					check(t, v+string(f.Data))
					check(t, strings.TrimRight(string(f.Data), "\n")+"\n"+v)
				}
			}
		}
	}
}

func TestNothingInAMessageMovesTheCursor(t *testing.T) {
	_, wrong := parse("nginx", "nginx.yaml", []byte("image: nginx\n\"\\e[31mk\": v\nuser: \"\\e[0m x\"\nx: a\u200b\u202eb\n"), noFile)
	text := wrong.Error()
	if len(wrong) != 3 || strings.ContainsAny(text, "\x1b\u200b\u202e") {
		t.Errorf("%q", text)
	}
}

// TestDiagnosticOfAValue: a caller that finds a mistake later gets the place of the value.
func TestDiagnosticOfAValue(t *testing.T) {
	s, wrong := parse("nginx", "nginx.yaml", []byte(`image: nginx:lates
aliases: [web,
  www]
env:
  A: secret
architecture: [x86_64]
properties: {os: linux}
files:
  - {path: /etc/motd, content: hello}
  - path: /etc/issue
    content: hello
`), noFile)
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	for key, want := range map[string]string{
		"image":              "nginx.yaml:1:8: wrong\n  image: nginx:lates\n         ^ hint",
		"aliases.www":        "nginx.yaml:3:3: wrong\n  www]\n  ^ hint",
		"aliases.none":       "nginx.yaml:2:10: wrong\n  aliases: [web,\n           ^ hint",
		"architecture.amd64": "nginx.yaml:6:16: wrong\n  architecture: [x86_64]\n                 ^ hint",
		"properties.os":      "nginx.yaml:7:18: wrong\n  properties: {os: linux}\n                   ^ hint",
		"env.A":              "nginx.yaml:5:6: wrong\n  hint",
		"files./etc/motd":    "nginx.yaml:9:12: wrong\n  - {path: /etc/motd, content: hello}\n           ^ hint",
		"files./etc/issue":   "nginx.yaml:10:11: wrong\n  - path: /etc/issue\n          ^ hint",
		"user":               "nginx.yaml: wrong\n  hint",
	} {
		if got := s.Diagnostic(key, "wrong", "hint").Error(); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", key, got, want)
		}
	}
	if got := (Spec{File: "made"}).Diagnostic("image", "wrong", "").Error(); got != "made: wrong" {
		t.Errorf("a spec that was not read: %s", got)
	}
}
