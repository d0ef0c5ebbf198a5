//go:build e2e

package guest

import (
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"lxdocker/internal/squashfs/squashfstest"
)

// TestEverySquashfsIsItsTar: of every image, three programs that are not ours
// read from the squashfs to the last byte what the tar says.
func TestEverySquashfsIsItsTar(t *testing.T) {
	t.Parallel()
	for _, image := range needed {
		if slices.Contains([]string{"goserver", "caps", "layered", "nginx", "redis", "mariadb"}, image) {
			continue // test/e2e reads them
		}
		t.Run(image, func(t *testing.T) {
			dir, err := convert(t.Context(), image, "")
			if err != nil {
				t.Fatal(err)
			}
			out := t.TempDir()
			cmd := exec.CommandContext(t.Context(), lxdocker, "convert", bed.Registry+"/library/"+image,
				"--cache", filepath.Join(work, "cache"), "--imageformat", "tar", "-o", out)
			if o, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("converting %s to a tar: %v\n%s", image, err, o)
			}
			squashfstest.ExpectTar(t, filepath.Join(dir, "rootfs.squashfs"), filepath.Join(out, "lxd_combined.tar"), 20, "sbin/init", "usr/sbin/init")
		})
	}
}
