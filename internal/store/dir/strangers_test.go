package dir_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
	"lxdocker/internal/store/dir"
	"lxdocker/internal/store/storetest"
)

// TestWhatOthersChange changes a store behind the back of one that has listed it.
// What other stores do is seen at once, what no store does when it is touched.
func TestWhatOthersChange(t *testing.T) {
	t.Parallel()
	changes := map[string]struct {
		change func(other store.Store, folder string, v image.Version) error
		want   string
		touch  bool
	}{
		"nothing": {func(store.Store, string, image.Version) error { return nil }, "nginx", false},
		"another version": {func(s store.Store, _ string, _ image.Version) error {
			return publish(s, []byte("x"))
		}, "nginx nginx", false},
		"retired": {func(s store.Store, _ string, v image.Version) error { return s.Retire(t.Context(), time.Now(), v) }, "nginx-", false},
		"pinned": {func(s store.Store, _ string, v image.Version) error {
			return s.Pin(t.Context(), v.Product(), new(time.Now()))
		}, "nginx!", false},
		"pruned": {func(s store.Store, _ string, v image.Version) error {
			err := s.Retire(t.Context(), time.Now(), v)
			_, also := s.Prune(t.Context(), time.Now(), 0)
			return errors.Join(err, also)
		}, "", false},
		"removed by hand": {func(_ store.Store, folder string, _ image.Version) error { return os.RemoveAll(folder) }, "", true},
		"a file cut off": {func(_ store.Store, folder string, _ image.Version) error {
			return os.Truncate(filepath.Join(folder, "rootfs.squashfs"), 3)
		}, "", true},
		"a file gone": {func(_ store.Store, folder string, _ image.Version) error {
			return os.Remove(filepath.Join(folder, "rootfs.squashfs"))
		}, "", true},
		"version.json damaged": {func(_ store.Store, folder string, _ image.Version) error {
			return os.WriteFile(filepath.Join(folder, "version.json"), []byte("{}"), 0o644)
		}, "", true},
		"retired by hand": {func(_ store.Store, folder string, _ image.Version) error {
			return os.WriteFile(filepath.Join(folder, "retired.json"), []byte(`{"at":"2026-11-23T10:15:00Z"}`), 0o644)
		}, "nginx-", true},
		"the folder under another name": {func(_ store.Store, folder string, _ image.Version) error {
			return os.Rename(filepath.Dir(filepath.Dir(folder)), filepath.Join(filepath.Dir(filepath.Dir(filepath.Dir(folder))), "apache"))
		}, "", false},
		"by an older lxdocker, which writes no ledger": {func(_ store.Store, folder string, v image.Version) error {
			root := filepath.Join(folder, "../../../..")
			return errors.Join(os.WriteFile(filepath.Join(folder, "retired.json"), []byte(`{"at":"2026-11-23T10:15:00Z"}`), 0o644),
				os.MkdirAll(filepath.Join(root, "streams/v1"), 0o755), os.WriteFile(filepath.Join(root, "streams/v1/images.json"), nil, 0o644))
		}, "nginx-", false},
	}
	touches := map[string]func(store.Store, image.Version) error{
		"opened": func(s store.Store, v image.Version) error {
			_, _ = s.OpenFile(t.Context(), v.Path(v.Files[1]))
			return nil
		},
		"checked": func(s store.Store, v image.Version) error { return s.Check(t.Context(), v.Product()) },
		"all":     func(s store.Store, v image.Version) error { return s.Check(t.Context()) },
	}
	for name, test := range changes {
		for how, touch := range touches {
			t.Run(name+" "+how, func(t *testing.T) {
				folder := t.TempDir()
				var log bytes.Buffer
				s, other := open(t, folder, dir.WithLog(slog.New(slog.NewTextHandler(&log, nil)))), open(t, folder)
				v := split(t, other, "nginx")
				for range 3 {
					storetest.Versions(t, s)
				}
				before := snapshot(t, s)
				if err := test.change(other, filepath.Join(folder, v.Dir()), v); err != nil {
					t.Fatal(err)
				}
				if test.touch {
					if err := touch(s, v); err != nil {
						t.Fatal(err)
					}
				}
				for range 2 {
					for whose, s := range map[string]store.Store{"its": s, "the other's": other, "a new one's": open(t, folder)} {
						if got := strings.Join(words(storetest.Versions(t, s)), " "); got != test.want {
							t.Errorf("%s list is %q, not %q\n%s", whose, got, test.want, &log)
						}
					}
				}
				if (snapshot(t, s) == before) != (name == "nothing") {
					t.Error("the snapshot does not tell that something has changed, or tells it in vain")
				}
			})
		}
	}
}

func words(versions []image.Version) (all []string) {
	for _, v := range versions {
		word := v.Name
		if v.Retired != nil {
			word += "-"
		}
		if v.Pinned != nil {
			word += "!"
		}
		all = append(all, word)
	}
	return all
}

// TestWhatWasSeenInTheFoldersIsWritten: a store that has noticed what an older
// lxdocker did, and remembers it, tells the others when it writes itself.
func TestWhatWasSeenInTheFoldersIsWritten(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder)
	v, gone := split(t, s, "nginx"), split(t, s, "apache")
	err := errors.Join(os.WriteFile(filepath.Join(folder, v.Dir(), "retired.json"), []byte(`{"at":"2026-11-23T10:15:00Z"}`), 0o644),
		os.RemoveAll(filepath.Join(folder, gone.Dir())),
		os.MkdirAll(filepath.Join(folder, "streams/v1"), 0o755), os.WriteFile(filepath.Join(folder, "streams/v1/images.json"), nil, 0o644))
	if err != nil {
		t.Fatal(err)
	}
	if got := words(storetest.Versions(t, s)); len(got) != 1 || got[0] != "nginx-" {
		t.Fatalf("listed: %v", got)
	}
	split(t, s, "redis")
	if got := words(storetest.Versions(t, open(t, folder))); strings.Join(got, " ") != "nginx- redis" {
		t.Errorf("another lists %v", got)
	}
	checkLedger(t, folder)
}
