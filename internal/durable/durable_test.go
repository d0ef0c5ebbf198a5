package durable_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"lxdocker/internal/durable"
)

func TestAFileIsReplacedWhole(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o077))
	path := filepath.Join(t.TempDir(), "file")
	if err := os.Mkdir(path+".new", 0o700); err != nil { // as no crash would leave it
		t.Fatal(err)
	}
	for content, mode := range map[string]fs.FileMode{"a": 0o644, "longer": 0o600} {
		if err := durable.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if data, e := os.ReadFile(path); err != nil || e != nil || string(data) != content || info.Mode() != mode {
			t.Errorf("it is %q with %v, %v, %v", data, info, err, e)
		}
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("in the folder are %v, %v", left, err)
	}
}

func TestWhatCannotBePutInPlaceLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := os.MkdirAll(filepath.Join(path, "in the way"), 0o755); err != nil {
		t.Fatal(err)
	}
	if durable.WriteFile(path, []byte("x"), 0o644) == nil {
		t.Error("a folder was replaced by a file")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("in the folder are %v, %v", left, err)
	}
}

func TestALockKeepsOthersOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	if _, err := durable.TryShare(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("sharing what is not there: %v", err)
	}
	first, err := durable.Lock(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	first.Note([]byte("mine"))
	if _, err := durable.TryLock(path); !errors.Is(err, durable.ErrLocked) {
		t.Errorf("taking it twice: %v", err)
	}
	if _, err := durable.TryShare(path); !errors.Is(err, durable.ErrLocked) {
		t.Errorf("sharing what somebody has: %v", err)
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "mine" {
		t.Errorf("it says %q, %v", data, err)
	}
	taken := make(chan *durable.FileLock)
	go func() {
		second, err := durable.Lock(t.Context(), path, nil)
		if err != nil {
			t.Error(err)
		}
		taken <- second
	}()
	first.Unlock()
	(<-taken).Unlock()
	a, err := durable.TryShare(path)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Unlock()
	b, err := durable.TryShare(path)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Unlock()
	if _, err := durable.TryLock(path); !errors.Is(err, durable.ErrLocked) {
		t.Errorf("taking what is shared: %v", err)
	}
}

func TestOnlyScratchWithoutAnOwnerIsAbandoned(t *testing.T) {
	parent := t.TempDir()
	mine, err := durable.NewScratch(parent, "scratch-")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"scratch-of-the-dead", "scratch-just-begun", "other"} {
		if err := os.Mkdir(filepath.Join(parent, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"scratch-of-the-dead/.held", "scratch-file"} {
		if err := os.WriteFile(filepath.Join(parent, file), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	found, err := durable.Abandoned(parent, "scratch-")
	if err != nil || len(found) != 3 {
		t.Fatalf("found %v, %v", found, err)
	}
	for _, s := range found {
		if err := s.Release(); err != nil {
			t.Error(err)
		}
	}
	for path, want := range map[string]bool{mine.Dir: true, filepath.Join(parent, "other"): true, filepath.Join(parent, "scratch-file"): false} {
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("%s: %v", path, err)
		}
	}
	if err := mine.Release(); err != nil {
		t.Error(err)
	}
	if found, err := durable.Abandoned(filepath.Join(parent, "missing"), ""); err != nil || len(found) != 0 {
		t.Errorf("in no folder: %v, %v", found, err)
	}
}

func TestAnUnnamedFileIsNowhere(t *testing.T) {
	dir := t.TempDir()
	f, err := durable.Unnamed(dir, ".scratch-")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte("x"), 4096); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("in the folder are %v, %v", left, err)
	}
	if _, err := durable.Unnamed(filepath.Join(dir, "missing"), "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in no folder: %v", err)
	}
}

func TestReplaceLeavesNothingBeside(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	for _, content := range []string{"a", "b"} {
		if err := durable.Replace(path, ".tmp-", []byte(content)); err != nil {
			t.Fatal(err)
		}
		if data, err := os.ReadFile(path); err != nil || string(data) != content {
			t.Errorf("it is %q, %v", data, err)
		}
	}
	if durable.Replace(dir, ".tmp-", nil) == nil {
		t.Error("a folder was replaced")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("in the folder are %v, %v", left, err)
	}
}
