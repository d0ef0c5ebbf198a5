package dir_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lxdocker/internal/store"
	"lxdocker/internal/store/dir"
	"lxdocker/internal/store/storetest"
)

// TestAStoreWhoseDiskIsNotMounted is not an empty store.
func TestAStoreWhoseDiskIsNotMounted(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "images")
	missing := dir.WithMounts(func(string) string { return "/mnt/usb" })
	const want = "there is nothing, and the disk that /etc/fstab has for /mnt/usb is not mounted"
	for range 2 { // without the folder, and with an empty one
		if _, err := dir.Open(folder, missing); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("opening it: %v", err)
		}
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	split(t, open(t, folder), "nginx")
	if s, err := dir.Open(folder, missing); err != nil || len(storetest.Versions(t, s)) != 1 {
		t.Errorf("one that somebody has on another disk on purpose: %v", err)
	}
}

// TestAStoreThatIsGoneFromOneMomentToTheNext is one whose disk was taken away.
func TestAStoreThatIsGoneFromOneMomentToTheNext(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "images")
	s := open(t, folder)
	v := split(t, s, "nginx")
	storetest.Versions(t, s)
	away := folder + ".away"
	if err := os.Rename(folder, away); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	const want = "its folder is empty, and was not: is its disk still mounted?"
	if _, err := s.Versions(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("listing it: %v", err)
	}
	if err := publish(s, []byte("x")); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("publishing: %v", err)
	}
	for _, name := range []string{"images", ".ledger"} {
		if _, err := os.Lstat(filepath.Join(folder, name)); err == nil {
			t.Errorf("%s was made in it", name)
		}
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(away, folder); err != nil {
		t.Fatal(err)
	}
	if all := storetest.Versions(t, s); len(all) != 1 || store.Verify(t.Context(), s, v) != nil {
		t.Errorf("after it came back, there is %v", all)
	}
	if err := os.RemoveAll(filepath.Join(folder, "images")); err != nil {
		t.Fatal(err)
	}
	if all := storetest.Versions(t, s); len(all) != 0 {
		t.Errorf("after somebody removed all images, there is %v", all)
	}
}
