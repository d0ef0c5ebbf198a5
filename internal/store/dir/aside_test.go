package dir_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
	"lxdocker/internal/store/dir"
	"lxdocker/internal/store/storetest"
)

func TestWhatIsSetAsideStaysUntilItIsReplaced(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "images")
	clock := time.Date(2026, 11, 29, 12, 0, 0, 500, time.UTC)
	s, err := dir.Open(folder, dir.WithClock(func() time.Time { return clock }))
	if err != nil {
		t.Fatal(err)
	}
	publish := func(name string) image.Version {
		clock = clock.Add(time.Minute)
		return storetest.Split(t, s, image.Version{Name: name, Architecture: "amd64"}, []byte("metadata"), []byte("rootfs"))
	}
	prune := func() {
		t.Helper()
		if _, err := s.Prune(t.Context(), clock, 24*time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	v := publish("web")
	kept := filepath.Join(folder, ".damaged", "images+web+amd64+"+v.Serial)
	there := func() bool {
		_, err := os.Lstat(filepath.Join(kept, v.Files[1].Name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
		return err == nil
	}
	clock = clock.Add(time.Minute)
	for range 2 { // the second time there is nothing left to do
		if err := s.Remove(t.Context(), v.ID(), "a byte is wrong", store.SetAside); err != nil {
			t.Error(err)
		}
	}
	if all := storetest.Versions(t, s); len(all) != 0 || !there() {
		t.Errorf("there is %v, and it is kept: %v", all, there())
	}
	publish("db")
	if prune(); !there() {
		t.Error("another image has replaced it")
	}

	// Somebody has looked at it, and puts it back, and it is found to be damaged again.
	if err := os.MkdirAll(filepath.Join(folder, v.Product().Dir()), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(kept, filepath.Join(folder, v.Dir())); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context()); err != nil || len(storetest.Versions(t, s)) != 2 {
		t.Errorf("put back, there is %v, %v", storetest.Versions(t, s), err)
	}
	clock = clock.Add(time.Minute)
	if err := errors.Join(os.MkdirAll(filepath.Join(kept, "older"), 0o755), s.Remove(t.Context(), v.ID(), "a byte is wrong", store.SetAside)); err != nil || !there() {
		t.Errorf("the second time: %v, and it is kept: %v", err, there())
	}
	if prune(); !there() {
		t.Error("nobody has replaced it")
	}

	publish("web")
	if !there() {
		t.Error("it went before a prune")
	}
	prune()
	if _, err := os.Lstat(filepath.Join(folder, ".damaged")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is replaced, and the folder: %v", err)
	}
	if left, err := os.ReadDir(filepath.Join(folder, ".tmp")); err != nil || len(left) != 0 {
		t.Errorf("what is left: %v, %v", left, err)
	}
}
