package dir_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
	"lxdocker/internal/store/dir"
	"lxdocker/internal/store/storetest"
	"lxdocker/internal/testenv"
)

// spoil changes a byte of a published file, and neither its size nor its place.
func spoil(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1)
	_, err = f.ReadAt(b, 0)
	_, also := f.WriteAt([]byte{b[0] ^ 1}, 0)
	if err := errors.Join(err, also, f.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestADamagedVersionIsRemoved(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "images")
	s, err := dir.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	v := storetest.Split(t, s, image.Version{Name: "web", Architecture: "amd64"}, []byte("metadata"), []byte("rootfs"))
	f, err := s.OpenFile(t.Context(), v.Path(v.Files[1]))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	spoil(t, filepath.Join(folder, v.Path(v.Files[1])))
	wrong := store.Verify(t.Context(), s, v)
	if !errors.Is(wrong, store.ErrDamaged) {
		t.Fatalf("it is %v", wrong)
	}
	for range 2 { // the second time there is nothing left to do
		if err := s.Remove(t.Context(), v.ID(), wrong.Error(), store.Delete); err != nil {
			t.Error(err)
		}
	}
	if all := storetest.Versions(t, s); len(all) != 0 {
		t.Errorf("there is %v", all)
	}
	if _, err := os.Lstat(filepath.Join(folder, "images/web")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("its folder: %v", err)
	}
	if got, err := io.ReadAll(store.NewReader(f)); err != nil || len(got) != 6 {
		t.Errorf("who reads it gets %q, %v", got, err)
	}
	if left, err := os.ReadDir(filepath.Join(folder, ".tmp")); err != nil || len(left) != 0 {
		t.Errorf("what is left: %v, %v", left, err)
	}
}

func TestWhatShouldBeAVersionIsRemovedIfThisProgramCanJudgeIt(t *testing.T) {
	for text, removed := range map[string]bool{"": true, "{": true, `{"format":1,"name":"other"}`: true, `{"format":99}`: false} {
		folder := filepath.Join(t.TempDir(), "images")
		s, err := dir.Open(folder)
		if err != nil {
			t.Fatal(err)
		}
		v := storetest.Split(t, s, image.Version{Name: "web", Architecture: "amd64"}, []byte("metadata"), []byte("rootfs"))
		if err := os.WriteFile(filepath.Join(folder, v.Dir(), "version.json"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := s.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		err = s.Remove(t.Context(), v.ID(), "it is damaged", store.Delete)
		_, there := os.Lstat(filepath.Join(folder, v.Dir()))
		if (err == nil) != removed || (there != nil) != removed {
			t.Errorf("%q: %v, and the folder: %v", text, err, there)
		}
		now, err := s.Versions(t.Context())
		if err != nil || (len(now.Faults()) == 0) != removed {
			t.Errorf("%q: the faults are %v, %v", text, now.Faults(), err)
		}
	}
}

// TestWhereNothingCanBeRemoved it is not offered all the same, by this process.
func TestWhereNothingCanBeRemoved(t *testing.T) {
	testenv.NeedsRoot(t)
	folder := filepath.Join(t.TempDir(), "images")
	writer, err := dir.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	v := storetest.Split(t, writer, image.Version{Name: "web", Architecture: "amd64"}, []byte("metadata"), []byte("rootfs"))
	spoil(t, filepath.Join(folder, v.Path(v.Files[1])))
	readOnly := t.TempDir()
	err = unix.Mount(folder, readOnly, "", unix.MS_BIND, "")
	if err == nil {
		t.Cleanup(func() { _ = unix.Unmount(readOnly, unix.MNT_DETACH) })
		err = unix.Mount("", readOnly, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, "")
	}
	if err != nil {
		t.Fatal(err)
	}
	s, err := dir.Open(readOnly)
	if err != nil {
		t.Fatal(err)
	}
	if len(storetest.Versions(t, s)) != 1 {
		t.Fatal("it is not there")
	}
	if err := s.Remove(t.Context(), v.ID(), "a byte is wrong", store.Delete); !errors.Is(err, unix.EROFS) {
		t.Errorf("removing it: %v", err)
	}
	for range 2 {
		now, err := s.Versions(t.Context())
		if err != nil || len(now.List()) != 0 || len(now.Faults()) != 1 || now.Faults()[0].Error != "a byte is wrong" {
			t.Errorf("there is %v, %v, %v", now.List(), now.Faults(), err)
		}
		if _, err := s.OpenFile(t.Context(), v.Path(v.Files[1])); err == nil || !strings.Contains(err.Error(), "a byte is wrong") {
			t.Errorf("opening it: %v", err)
		}
		if err := s.Check(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
