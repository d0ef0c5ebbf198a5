package storetest

import (
	"bytes"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// Tarball publishes a split image with its root file system in two forms.
func Tarball(t testing.TB, s store.Store, v image.Version, metadata, squashfs, tarball []byte) image.Version {
	t.Helper()
	return publish(t, s, v, func(d store.Draft) {
		Write(t, d, image.Metadata, "lxd.tar.xz", metadata)
		Write(t, d, image.Squashfs, "rootfs.squashfs", squashfs)
		Write(t, d, image.Tarball, "rootfs.tar.gz", tarball)
	})
}

var (
	someMetadata = []byte("metadata")
	someSquashfs = bytes.Repeat([]byte("squashfs"), 50_000)
	someTarball  = bytes.Repeat([]byte("tarball"), 60_000)
)

func twoForms(t *testing.T, s store.Store, clock *Clock) {
	want := nginx()
	want.Serial = "20261123_101500"
	want.Created = clock.Now.Truncate(time.Second)
	want.Fingerprint, want.TarballFingerprint = sum(someMetadata, someSquashfs), sum(someMetadata, someTarball)
	want.Files = []image.File{
		{Kind: image.Metadata, Name: "lxd.tar.xz", Size: int64(len(someMetadata)), SHA256: sum(someMetadata)},
		{Kind: image.Squashfs, Name: "rootfs.squashfs", Size: int64(len(someSquashfs)), SHA256: sum(someSquashfs)},
		{Kind: image.Tarball, Name: "rootfs.tar.gz", Size: int64(len(someTarball)), SHA256: sum(someTarball)},
	}
	asked := nginx()
	asked.TarballFingerprint = sum([]byte("nobody may say that but the store"))
	if diff := cmp.Diff(want, Tarball(t, s, asked, someMetadata, someSquashfs, someTarball)); diff != "" {
		t.Errorf("published (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]image.Version{want}, Versions(t, s)); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
	images := []image.Form{
		{Fingerprint: want.Fingerprint, Files: want.Files[:2]},
		{Fingerprint: want.TarballFingerprint, Files: []image.File{want.Files[0], want.Files[2]}},
	}
	if diff := cmp.Diff(images, want.Forms()); diff != "" {
		t.Errorf("its images (-want +got):\n%s", diff)
	}
	if got := Content(t, s, want.Path(want.Files[2])); !bytes.Equal(got, someTarball) {
		t.Errorf("the tarball has %d bytes", len(got))
	}
	if err := store.Verify(t.Context(), s, want); err != nil {
		t.Errorf("verify says %v", err)
	}
	for name, fingerprints := range map[string][2]string{
		"the first":  {want.TarballFingerprint, want.TarballFingerprint},
		"the second": {want.Fingerprint, want.Fingerprint},
	} {
		wrong := want
		wrong.Fingerprint, wrong.TarballFingerprint = fingerprints[0], fingerprints[1]
		if err := store.Verify(t.Context(), s, wrong); err == nil {
			t.Errorf("verify believes a wrong fingerprint, %s", name)
		}
	}
}

func twoFormsAnyOrder(t *testing.T, s store.Store, _ *Clock) {
	files := []func(store.Draft){
		func(d store.Draft) { Write(t, d, image.Metadata, "lxd.tar.xz", someMetadata) },
		func(d store.Draft) { Write(t, d, image.Squashfs, "rootfs.squashfs", someSquashfs) },
		func(d store.Draft) { Write(t, d, image.Tarball, "rootfs.tar.gz", someTarball) },
	}
	for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		v := publish(t, s, nginx(), func(d store.Draft) {
			for _, i := range order {
				files[i](d)
			}
		})
		if v.Fingerprint != sum(someMetadata, someSquashfs) || v.TarballFingerprint != sum(someMetadata, someTarball) {
			t.Errorf("written in the order %v: published %+v", order, v)
		}
	}
	v := publish(t, s, nginx(), func(d store.Draft) {
		files[0](d)
		var both sync.WaitGroup
		for _, write := range slices.Backward(files[1:]) {
			both.Go(func() { write(d) })
		}
		both.Wait()
	})
	if v.Fingerprint != sum(someMetadata, someSquashfs) || v.TarballFingerprint != sum(someMetadata, someTarball) {
		t.Errorf("both root file systems at the same time: published %+v", v)
	}
}
