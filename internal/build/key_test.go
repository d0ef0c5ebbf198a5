package build

import (
	"testing"

	"lxdocker/internal/block"
	"lxdocker/internal/lxdimage"
	"lxdocker/internal/oci"
	"lxdocker/internal/spec"
)

func TestKeyChangesWithEverythingThatChangesTheImage(t *testing.T) {
	one := func() string {
		return key(&oci.Image{Digest: "sha256:1"}, spec.Spec{Name: "web"}, "amd64", lxdimage.Squashfs, block.Default, []byte("busybox"))
	}
	if one() != one() {
		t.Fatal("the same input has two keys")
	}
	disabled := true
	for name, other := range map[string]string{
		"manifest":     key(&oci.Image{Digest: "sha256:2"}, spec.Spec{Name: "web"}, "amd64", lxdimage.Squashfs, block.Default, []byte("busybox")),
		"spec":         key(&oci.Image{Digest: "sha256:1"}, spec.Spec{Name: "web", DisableSupervisor: &disabled}, "amd64", lxdimage.Squashfs, block.Default, []byte("busybox")),
		"name":         key(&oci.Image{Digest: "sha256:1"}, spec.Spec{Name: "app"}, "amd64", lxdimage.Squashfs, block.Default, []byte("busybox")),
		"architecture": key(&oci.Image{Digest: "sha256:1"}, spec.Spec{Name: "web"}, "arm64", lxdimage.Squashfs, block.Default, []byte("busybox")),
		"format":       key(&oci.Image{Digest: "sha256:1"}, spec.Spec{Name: "web"}, "amd64", lxdimage.Gzip, block.Default, []byte("busybox")),
		"compression":  key(&oci.Image{Digest: "sha256:1"}, spec.Spec{Name: "web"}, "amd64", lxdimage.Squashfs, block.Best, []byte("busybox")),
		"busybox":      key(&oci.Image{Digest: "sha256:1"}, spec.Spec{Name: "web"}, "amd64", lxdimage.Squashfs, block.Default, []byte("new one")),
	} {
		if other == one() {
			t.Errorf("another %s has the same key", name)
		}
	}
}
