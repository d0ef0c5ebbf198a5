package dir_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lxdocker/internal/image"
	"lxdocker/internal/store/dir"
)

// tree is what is in a folder: names, modes, times and contents.
func tree(t *testing.T, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		text := ""
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			text = string(data)
		}
		all[path] = info.Mode().String() + info.ModTime().Format(time.RFC3339Nano) + text
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAFolderOfALaterFormatIsLeftAlone(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		says []string // none: it is not refused
	}{
		"the format of this program":  {`{"format":1}`, nil},
		"a later format":              {`{"format":7,"by":"0.9.0"}`, []string{"has format 7", "formats up to 1", `install lxdocker "0.9.0" or a later one`, "--lxdimages"}},
		"a later format of somebody":  {`{"format":2}`, []string{"has format 2", "install a newer lxdocker"}},
		"keys that nobody knows":      {`{"format":1,"weather":"sun"}`, nil},
		"a file that is damaged":      {`{"for`, []string{"cannot be told", "restore that file, or remove it"}},
		"a file that a crash emptied": {``, []string{"cannot be told"}},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			s := open(t, folder)
			v := split(t, s, "nginx")
			if err := os.WriteFile(filepath.Join(folder, ".format"), []byte(c.file), 0o644); err != nil {
				t.Fatal(err)
			}
			before := tree(t, folder)
			now := time.Now()
			_, opened := dir.Open(folder)
			_, locked := s.TryLock(t.Context())
			_, locks := s.TryLock(t.Context(), v.Product())
			_, drafted := s.Draft(t.Context())
			_, marked := s.Mark(1)
			for what, err := range map[string]error{
				"opening": opened, "locking": locked, "locking a product": locks, "a draft": drafted, "marking": marked,
				"pinning":   s.Pin(t.Context(), v.Product(), &now),
				"retiring":  s.Retire(t.Context(), now, v),
				"recording": s.ChangeRecord(t.Context(), func([]byte) ([]byte, error, error) { return nil, nil, nil }),
				"indexing": s.UpdateStreams(t.Context(), func(map[image.Product]image.Packed) ([]byte, []byte, error) {
					return []byte("{}"), []byte("{}"), nil
				}),
			} {
				if (err != nil) != (c.says != nil) {
					t.Errorf("%s: %v", what, err)
				}
				for _, want := range append(c.says, folder) {
					if err != nil && !strings.Contains(err.Error(), want) {
						t.Errorf("%s: %v: it does not say %q", what, err, want)
					}
				}
			}
			if c.says == nil {
				return
			}
			if diff := cmp.Diff(before, tree(t, folder)); diff != "" {
				t.Errorf("the folder has changed: -before +after:\n%s", diff)
			}
		})
	}
}
