package testenv

import (
	"os"
	"syscall"
	"testing"
)

// SmallDisk mounts a file system of its own on a folder, for as long as the test goes;
// options are those of tmpfs, such as "size=1m".
func SmallDisk(t *testing.T, folder, options string) {
	t.Helper()
	NeedsRoot(t)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, options+",mode=755"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}
