//go:build e2e

package e2e

import (
	"path/filepath"
	"regexp"
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
			squashfs := filepath.Join(convert(t, imageRef(name), "--cache", cache), "rootfs.squashfs")
			if o := program(t, "lxdocker", "convert", imageRef(name), "--cache", cache, "--imageformat", "tar", "-o", out); o.code != 0 {
				t.Fatalf("converting to a tar ended with %d\n%v", o.code, o)
			}
			names := 100
			if name == "goserver" {
				names = 20
			}
			squashfstest.ExpectTar(t, squashfs, filepath.Join(out, "lxd_combined.tar"), names, "sbin/init", "usr/sbin/init")
		})
	}
}

// own matches what no layer brings: all that makes a container of an image, and
// what it replaces. There is nothing in /dev.
var own = regexp.MustCompile(`^([.]|[.]lxdocker(/.*)?|[.]dockerenv|busybox-lxd|lxd-(enter|logs|prelaunch|udhcpc-default.*)|(usr/)?sbin/init|etc/(hostname|hosts|mtab)|dev(/.*)?)$`)

// TestASquashfsIsWhatUmociUnpacks: the layers of real images come to the same as
// with a program that merges them on a disk.
func TestASquashfsIsWhatUmociUnpacks(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"layered", "caps"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			layout, bundle := filepath.Join(dir, "layout"), filepath.Join(dir, "bundle")
			push(t, "docker://"+imageRef(name), "oci:"+layout+":latest")
			shell(t, "umoci", "unpack", "--image", layout+":latest", bundle)
			squashfs := filepath.Join(convert(t, imageRef(name), "--cache", t.TempDir()), "rootfs.squashfs")
			want, got := others(t, filepath.Join(bundle, "rootfs")), others(t, squashfstest.Unpack(t, squashfs))
			if len(want) < 8000 {
				t.Errorf("umoci unpacks only %d names", len(want))
			}
			for _, d := range squashfstest.Compare(want, got) {
				t.Error(d)
			}
		})
	}
}

// others is what is in a folder and not ours.
func others(t *testing.T, dir string) map[string]squashfstest.Node {
	t.Helper()
	nodes, err := squashfstest.OfFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	for name := range nodes {
		if own.MatchString(name) {
			delete(nodes, name)
		}
	}
	return nodes
}
