package dir_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
	"lxdocker/internal/store/storetest"
)

// rootfsOf is where the root file system of a version is.
func rootfsOf(t *testing.T, folder string, v image.Version) string {
	t.Helper()
	f, ok := v.File(image.Squashfs)
	if !ok {
		t.Fatalf("%s has none", v.Dir())
	}
	return filepath.Join(folder, v.Path(f))
}

// links are the inode of a file, and how many names it has.
func links(t *testing.T, path string) (inode uint64, names int) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	st := info.Sys().(*syscall.Stat_t)
	return st.Ino, int(st.Nlink)
}

func TestEqualFilesAreStoredOnce(t *testing.T) {
	folder, rootfs := t.TempDir(), noise(100_000)
	one, other := open(t, folder), open(t, folder) // as two processes
	var last uint64
	for i := range 21 {
		s := one
		if i%3 == 2 {
			s = other
		}
		name := fmt.Sprintf("tag-%d", i)
		v := storetest.Split(t, s, version(name), []byte("metadata of "+name), rootfs)
		inode, names := links(t, rootfsOf(t, folder, v))
		if names != i+1 || i > 0 && inode != last {
			t.Errorf("the root file system of version %d is one of %d links", i+1, names)
		}
		last = inode
	}
	small := []image.Version{storetest.Split(t, one, version("a"), []byte("m"), []byte("x")), storetest.Split(t, one, version("b"), []byte("m"), []byte("x"))}
	if _, names := links(t, rootfsOf(t, folder, small[1])); names != 1 {
		t.Error("a file of a byte is shared")
	}
	if left, err := filepath.Glob(filepath.Join(folder, ".tmp/*")); err != nil || len(left) > 0 {
		t.Errorf("left are %v, %v", left, err)
	}
}

func TestEqualFilesThatArePublishedAtOnceAreStoredOnce(t *testing.T) {
	folder, rootfs := t.TempDir(), noise(300_000)
	s := open(t, folder)
	versions := make([]image.Version, 6)
	var all sync.WaitGroup
	for i := range versions {
		all.Go(func() {
			versions[i] = storetest.Split(t, s, version(fmt.Sprint("tag-", i)), []byte("metadata"), rootfs)
		})
	}
	all.Wait()
	if _, names := links(t, rootfsOf(t, folder, versions[0])); names != len(versions) {
		t.Errorf("of %d versions, %d share a file", len(versions), names)
	}
}

// TestDamageDoesNotSpread publishes the bytes once more of a file that has others by now.
func TestDamageDoesNotSpread(t *testing.T) {
	folder, rootfs := t.TempDir(), noise(100_000)
	s := open(t, folder)
	old := storetest.Split(t, s, version("old"), []byte("metadata"), rootfs)
	also := storetest.Split(t, s, version("also"), []byte("metadata"), rootfs)
	spoil(t, rootfsOf(t, folder, old))
	fresh := storetest.Split(t, s, version("fresh"), []byte("metadata"), rootfs)
	if err := store.Verify(t.Context(), s, fresh); err != nil {
		t.Error(err)
	}
	for _, v := range []image.Version{old, also} {
		if err := s.Remove(t.Context(), v.ID(), "it is damaged", store.SetAside); err != nil {
			t.Fatal(err)
		}
	}
	last := storetest.Split(t, s, version("old"), []byte("metadata"), rootfs)
	if err := store.Verify(t.Context(), s, last); err != nil {
		t.Error(err)
	}
	if _, names := links(t, rootfsOf(t, folder, last)); names != 2 {
		t.Errorf("the file that is right has %d names", names)
	}
}

// TestACrashBetweenLinkAndRename leaves a draft of a dead process with a link to a published
// file.
func TestACrashBetweenLinkAndRename(t *testing.T) {
	folder, rootfs := t.TempDir(), noise(100_000)
	v := storetest.Split(t, open(t, folder), version("app"), []byte("metadata"), rootfs)
	dead := filepath.Join(folder, ".tmp/draft-dead")
	for name, link := range map[string]bool{"version/rootfs.squashfs": false, "version/lxd.tar.xz": false, "shared": true} {
		path := filepath.Join(dead, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		err := os.WriteFile(path, rootfs, 0o644)
		if link {
			_ = os.Remove(path)
			err = os.Link(rootfsOf(t, folder, v), path)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, folder)
	if err := store.Verify(t.Context(), s, v); err != nil {
		t.Error(err)
	}
	if _, err := s.Prune(t.Context(), time.Now(), 0); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(dead); !os.IsNotExist(err) {
		t.Errorf("the draft is there: %v", err)
	}
	if _, names := links(t, rootfsOf(t, folder, v)); names != 1 {
		t.Errorf("the published file has %d names", names)
	}
	if err := store.Verify(t.Context(), s, v); err != nil {
		t.Error(err)
	}
}

func TestWhatIsDamagedIsNotTakenOver(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder)
	v := storetest.Split(t, s, version("app"), []byte("metadata"), noise(100_000))
	take := func() error {
		d, err := s.Draft(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer d.Discard()
		storetest.Write(t, d, image.Metadata, "lxd.tar.xz", []byte("metadata"))
		if err := d.Take(t.Context(), v, image.Squashfs); err != nil {
			return err
		}
		fresh, err := d.Publish(t.Context(), version("other"))
		if err != nil {
			t.Fatal(err)
		}
		if _, names := links(t, rootfsOf(t, folder, fresh)); names != 2 {
			t.Errorf("it is a file of %d names", names)
		}
		return nil
	}
	if err := take(); err != nil {
		t.Error(err)
	}
	spoil(t, rootfsOf(t, folder, v))
	if err := take(); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("of a damaged one: %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(folder, ".tmp/*")); err != nil || len(left) > 0 {
		t.Errorf("left are %v, %v", left, err)
	}
}
