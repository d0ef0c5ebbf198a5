package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/spf13/pflag"

	"lxdocker/internal/config"
)

// TestEveryFlagIsASetting: what imgserver takes, both programs know.
func TestEveryFlagIsASetting(t *testing.T) {
	shared := config.Shared()
	newRoot(nil).LocalFlags().VisitAll(func(f *pflag.Flag) {
		if shared.Lookup(f.Name) == nil && !slices.Contains([]string{"config", "help", "version"}, f.Name) {
			t.Errorf("--%s cannot be said in the file: it belongs into config.ServeFlags", f.Name)
		}
	})
}

// TestThePackagesFileIsRight, and so is what it has in comments.
func TestThePackagesFileIsRight(t *testing.T) {
	text, err := os.ReadFile("../../packaging/systemd/config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{
		"as it is": text,
		"with all": regexp.MustCompile(`(?m)^#(\S| {2,}\S*[:-] ?)`).ReplaceAll(dropped(text), []byte("$1")),
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "config.yaml")
			if err := os.WriteFile(file, text, 0o600); err != nil {
				t.Fatal(err)
			}
			root := newRoot(nil)
			root.SetArgs([]string{"check-config", "--config", file})
			root.SetOut(new(bytes.Buffer))
			if err := root.Execute(); err != nil {
				t.Errorf("%v\n%s", err, text)
			}
		})
	}
}

// dropped is the file without its first paragraph, which shows commands.
func dropped(text []byte) []byte {
	_, rest, _ := bytes.Cut(text, []byte("\n\n"))
	return rest
}
