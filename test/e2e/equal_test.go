//go:build e2e

package e2e

import (
	"path/filepath"
	"testing"

	"lxdocker/internal/squashfs/squashfstest"
)

// TestEverySquashfsIsItsTar: of every image, three programs that are not ours
// read from the squashfs to the last byte what the tar says.
func TestEverySquashfsIsItsTar(t *testing.T) {
	t.Parallel()
	names := []string{"nginx-next"}
	for _, a := range applications {
		names = append(names, a.image)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			cache, out := t.TempDir(), t.TempDir()
			squashfs := filepath.Join(convert(t, labImage(name), "--cache", cache), "rootfs.squashfs")
			if o := program(t, "lxdocker", "convert", labImage(name), "--cache", cache, "--imageformat", "tar", "-o", out); o.code != 0 {
				t.Fatalf("converting to a tar ended with %d\n%v", o.code, o)
			}
			want, err := squashfstest.OfTar(filepath.Join(out, "lxd_combined.tar"))
			if err != nil {
				t.Fatal(err)
			}
			if len(want) < 100 && name != "goserver" || want["sbin/init"].Size+want["usr/sbin/init"].Size == 0 {
				t.Fatalf("the tar has only %d names, or no init", len(want))
			}
			squashfstest.Expect(t, squashfs, want)
			t.Logf("it has %d names", len(want))
		})
	}
}
