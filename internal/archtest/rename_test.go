package archtest_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// renames says which files rename without package durable, which syncs first what gets
// a name: after a loss of power a name may otherwise be there, and its content not.
var renames = map[string]string{
	"internal/durable/file.go":    "it is what the others call",
	"internal/layer/make.go":      "its files are synced, and the folder is after the lock is free again",
	"internal/layer/temp.go":      "it takes a pack away, to be removed",
	"internal/store/dir/prune.go": "it takes a version away, to be removed",
	"internal/store/dir/share.go": "it is within a draft, whose folder is synced before it is published",
	"internal/store/dir/write.go": "the ledger is synced before, and its folder after those are let go on who ask the store",
}

func TestWhatIsRenamedIsOnTheDisk(t *testing.T) {
	found := map[string]bool{}
	for _, dir := range []string{"internal", "cmd"} {
		err := filepath.WalkDir(filepath.Join("../..", dir), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			if strings.Contains(string(text), "os.Rename(") {
				found[strings.TrimPrefix(filepath.ToSlash(path), "../../")] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if got, want := slices.Sorted(maps.Keys(found)), slices.Sorted(maps.Keys(renames)); !slices.Equal(got, want) {
		t.Errorf("these files rename: %q, and not %q; use durable.Rename, or say here why not", got, want)
	}
}
