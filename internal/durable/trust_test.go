package durable_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lxdocker/internal/durable"
	"lxdocker/internal/testenv"
)

func TestFoldersOfOthersAreNotTrusted(t *testing.T) {
	testenv.NeedsRoot(t)
	for name, c := range map[string]struct {
		uid, gid int
		mode     os.FileMode
		sudo     string
		says     string // "": it is trusted
	}{
		"root's":                            {0, 0, 0o755, "", ""},
		"root's own group may write":        {0, 0, 0o775, "", ""},
		"a group may write":                 {0, 50, 0o775, "", "chmod g-w"},
		"everybody may write":               {0, 0, 0o757, "", "chmod o-w"},
		"everybody may write, as in /tmp":   {0, 0, 0o777 | os.ModeSticky, "", "chmod o-w"},
		"somebody else's":                   {1000, 1000, 0o755, "", "belongs to user 1000"},
		"that of who calls sudo":            {1000, 1000, 0o775, "1000", ""},
		"not that of who calls sudo":        {1000, 1000, 0o755, "1001", "belongs to user 1000"},
		"that of who calls sudo, a group's": {1000, 50, 0o775, "1000", "chmod g-w"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("SUDO_UID", c.sudo)
			dir := filepath.Join(t.TempDir(), "folder")
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Chown(dir, c.uid, c.gid); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(dir, c.mode); err != nil {
				t.Fatal(err)
			}
			err := durable.CheckOwner(dir)
			if (c.says == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("it says %v, not %q", err, c.says)
			}
		})
	}
}
