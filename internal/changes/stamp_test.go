package changes_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"lxdocker/internal/changes"
)

func TestAStampTellsContentsApart(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	write := func(path, text string, at time.Time) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	if changes.StampOf(file) != (changes.Stamp{}) {
		t.Error("a file that is not there has a stamp")
	}
	at := time.Now()
	write(file, "text", at)
	before := changes.StampOf(file)
	if before == (changes.Stamp{}) || changes.StampOf(file) != before {
		t.Error("it is not the same twice")
	}
	for name, change := range map[string]func(){
		"longer": func() { write(file, "texts", at) },
		"later":  func() { write(file, "word", at.Add(time.Second)) },
		"another file, of the same size and time": func() {
			write(file+".new", "word", at)
			if err := os.Rename(file+".new", file); err != nil {
				t.Fatal(err)
			}
		},
	} {
		write(file, "text", at)
		before := changes.StampOf(file)
		if change(); changes.StampOf(file) == before {
			t.Errorf("%s: it is the same", name)
		}
	}
}
