//go:build e2e

package home

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"lxdocker/test/testbed"
)

// TestAnImageOfImgserver: an image of imgserver that lxdocker has made serves images, among
// them its own.
func TestAnImageOfImgserver(t *testing.T) {
	t.Parallel()
	const section, own = "An image of imgserver", "home/imgserver"
	dir := built(t, newSite(t, daemons[0]).says(section, "make image"))
	if out, err := exec.CommandContext(t.Context(), "skopeo", "copy", "-q", "--dest-tls-verify=false", "oci-archive:"+filepath.Join(dir, "bin/imgserver.tar"),
		"docker://"+bed.Registry+"/"+own).CombinedOutput(); err != nil {
		t.Fatalf("pushing %s: %v\n%s", own, err, out)
	}

	each(t, func(t *testing.T, d testbed.Daemon) {
		s := newSite(t, d)
		s.dir = dir
		s.leaves([]string{"imgserver", "goserver", "second"}, []string{"imgserver", "imgserver-etc"}, []string{"imgserver"}, "/lxd-logs")
		s.does(section, "lxc image import")
		settings := []string{"library/*'", fmt.Sprintf("library/* home/*' -c environment.LXHUB_MIRROR=docker.io=%[1]s -c environment.LXHUB_INSECURE_REGISTRY=%[1]s", s.registry)}
		s.does(section, "lxc init", settings...)
		s.soon("it can be added", func(ctx context.Context) error {
			_, err := s.Run(ctx, "remote", "add", "probe", "imgserver."+s.domain(), "--public", "--accept-certificate")
			return err
		})
		s.does(section, "lxc remote add")
		s.types("lxc launch hub:library/goserver goserver")
		s.answers("goserver")
		image := s.offers("hub:" + own)

		s.types("lxc launch hub:" + own + " second")
		s.soon("what it has made of itself can be added", func(ctx context.Context) error {
			_, err := s.Run(ctx, "remote", "add", "second", "second."+s.domain(), "--public", "--accept-certificate")
			return err
		})
		s.types("lxc image list second:")

		s.types("lxc restart imgserver")
		if now := s.offers("hub:" + own); now != image {
			t.Errorf("after a restart, the image is %s and not %s", now, image)
		}
		s.types("lxc delete --force imgserver")
		s.does(section, "lxc init", settings...)
		if now := s.offers("hub:" + own); now != image {
			t.Errorf("of another instance, the image is %s and not %s", now, image)
		}
	})
}

// built runs the lines that make the image and convert it, and returns the folder in which it does.
func built(t *testing.T, lines string) string {
	t.Helper()
	dir, buildah := t.TempDir(), t.TempDir()
	storage := fmt.Sprintf("[storage]\ndriver = \"vfs\"\ngraphroot = %q\nrunroot = %q\n", filepath.Join(buildah, "graph"), filepath.Join(buildah, "state"))
	file := filepath.Join(buildah, "storage.conf")
	if err := os.WriteFile(file, []byte(storage), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "bash", "-euc", lines)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "CONTAINERS_STORAGE_CONF="+file)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", lines, err, out)
	}
	return dir
}
