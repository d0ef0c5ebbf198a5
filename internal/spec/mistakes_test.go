package spec

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the golden messages")

// TestMistakes loads each folder of testdata/mistakes/*.txtar and compares the
// error with the folder's file `want`, to the last character: what people read is
// what this package is for.
func TestMistakes(t *testing.T) {
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
				if err := os.WriteFile(file, format(t, file, cases), 0o666); err != nil {
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

func format(t *testing.T, path string, cases []wrongFolder) []byte {
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
	specs, err := LoadDir(dir)
	if err == nil {
		t.Fatal("no mistake was found")
	}
	mistakes, ok := err.(Mistakes)
	if !ok {
		t.Fatalf("the error is a %T, not Mistakes", err)
	}
	for _, m := range mistakes {
		if m.Hint == "" {
			t.Errorf("no hint for %q", m.Text)
		}
	}
	for _, s := range specs {
		if mistakes.concern(s) {
			t.Errorf("%s came along with its mistakes", s.File)
		}
	}
	return strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), "") + "\n"
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestNoMistakeRepeatsAVariable looks for the password that the cases of env use,
// and puts it before and behind the mistakes of all other cases.
func TestNoMistakeRepeatsAVariable(t *testing.T) {
	variables := []string{
		"env: {PASSWORD: hunter2}\n", "env:\n  PASSWORD: hunter2\n", "env:\n- PASSWORD=hunter2\n", "env:\n  PASSWORD: \"\n  hunter2\n\"\n", "environment:\n  PASSWORD: hunter2\n",
		"env:\n  PASSWORD: |\nhunter2\n", "env:\nPASSWORD: hunter2\n", "env: [PASSWORD=hunter2\n", "env: *hunter2\n", "env:\n  A: !hunter2 b\n", "env:\n\tPASSWORD: hunter2\n",
	}
	check := func(t *testing.T, text string) {
		_, mistakes := parse("nginx", "nginx.yaml", []byte(text), oneFile{})
		if strings.Contains(mistakes.Error(), "hunter2") {
			t.Errorf("the mistakes of\n%s\nare\n%s", text, mistakes)
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
