//go:build e2e

package e2e

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// TestVersionsOverTheSameLayersBeginAlike: two versions of an image differ from
// where the first layer begins that they do not share, so that clients and disks
// that can need not have the rest twice.
func TestVersionsOverTheSameLayersBeginAlike(t *testing.T) {
	t.Parallel()
	layout := filepath.Join(t.TempDir(), "layout")
	push(t, "docker://"+imageRef("mariadb"), "oci:"+layout+":old")
	push(t, "oci:"+layout+":old", "oci:"+layout+":new")
	shell(t, "umoci", "insert", "--image", layout+":new", tenMegabytes(t), "/srv/application")
	for _, versions := range []struct{ name, old, new string }{
		{"a page is new", imageRef("nginx"), imageRef("nginx-next")},
		{"ten megabytes are new", "oci:" + layout + ":old", "oci:" + layout + ":new"},
	} {
		t.Run(versions.name, func(t *testing.T) {
			cache := t.TempDir()
			before := read(t, filepath.Join(convert(t, versions.old, "--cache", cache), "rootfs.squashfs"))
			after := read(t, filepath.Join(convert(t, versions.new, "--cache", cache), "rootfs.squashfs"))
			const superblock = 96
			alike := superblock
			for alike < min(len(before), len(after)) && before[alike] == after[alike] {
				alike++
			}
			// Behind the layers the old version has our own files, most of which is
			// busybox, and tables.
			const behind = 2 << 20
			if alike < len(before)-behind || alike < len(after)*9/10 {
				t.Errorf("%d bytes and %d bytes are alike up to %d", len(before), len(after), alike)
			}
			t.Logf("%d of %d bytes are those of the version before", alike, len(after))
		})
	}
}

// tenMegabytes is a folder of ten files, of which half can be compressed away.
func tenMegabytes(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	random := rand.NewChaCha8([32]byte{1})
	content := make([]byte, 1_000_000)
	for n := range 10 {
		random.Read(content[:len(content)/2])
		if err := os.WriteFile(filepath.Join(dir, string(rune('a'+n))), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
