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

// TestWhatIsRememberedIsNoOlderThanTheFolder changes a store behind the back of
// one that has listed it, both at once and after so long that the listing is
// only repeated.
func TestWhatIsRememberedIsNoOlderThanTheFolder(t *testing.T) {
	changes := map[string]struct {
		change func(other store.Store, folder string, v image.Version) error
		want   string
	}{
		"nothing": {func(store.Store, string, image.Version) error { return nil }, "nginx"},
		"another version": {func(s store.Store, _ string, _ image.Version) error {
			return publish(s, []byte("x"))
		}, "nginx nginx"},
		"retired": {func(s store.Store, _ string, v image.Version) error { return s.Retire(t.Context(), time.Now(), v) }, "nginx-"},
		"pinned": {func(s store.Store, _ string, v image.Version) error {
			return s.Pin(t.Context(), v.Product(), time.Now())
		}, "nginx!"},
		"pruned": {func(s store.Store, _ string, v image.Version) error {
			err := s.Retire(t.Context(), time.Now(), v)
			_, also := s.Prune(t.Context(), time.Now(), 0)
			return errors.Join(err, also)
		}, ""},
		"a file cut off": {func(_ store.Store, folder string, _ image.Version) error {
			return os.Truncate(filepath.Join(folder, "rootfs.squashfs"), 3)
		}, ""},
		"a file gone": {func(_ store.Store, folder string, _ image.Version) error {
			return os.Remove(filepath.Join(folder, "rootfs.squashfs"))
		}, ""},
		"version.json damaged": {func(_ store.Store, folder string, _ image.Version) error {
			return os.WriteFile(filepath.Join(folder, "version.json"), []byte("{}"), 0o644)
		}, ""},
		"the folder under another name": {func(_ store.Store, folder string, _ image.Version) error {
			return os.Rename(filepath.Dir(filepath.Dir(folder)), filepath.Join(filepath.Dir(filepath.Dir(filepath.Dir(folder))), "apache"))
		}, ""},
	}
	for name, test := range changes {
		for when, wait := range map[string]time.Duration{"at once": 0, "later": 3 * time.Second} {
			t.Run(name+" "+when, func(t *testing.T) {
				t.Parallel()
				folder := t.TempDir()
				var log bytes.Buffer
				s, other := open(t, folder, dir.WithLog(slog.New(slog.NewTextHandler(&log, nil)))), open(t, folder)
				v := split(t, other, "nginx")
				storetest.Versions(t, s)
				time.Sleep(wait)
				for range 3 {
					storetest.Versions(t, s)
				}
				if err := test.change(other, filepath.Join(folder, filepath.Dir(v.Path(v.Files[0]))), v); err != nil {
					t.Fatal(err)
				}
				for range 2 {
					var got []string
					for _, v := range storetest.Versions(t, s) {
						word := v.Name
						if v.Retired != nil {
							word += "-"
						}
						if v.Pinned != nil {
							word += "!"
						}
						got = append(got, word)
					}
					if strings.Join(got, " ") != test.want {
						t.Errorf("listed: %v\n%s", got, &log)
					}
				}
			})
		}
	}
}
