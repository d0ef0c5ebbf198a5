package storetest

import (
	"testing"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// Split publishes a split image with the given contents.
func Split(t testing.TB, s store.Store, v image.Version, metadata, rootfs []byte) image.Version {
	t.Helper()
	return publish(t, s, v, func(d store.Draft) {
		Write(t, d, image.Metadata, "lxd.tar.xz", metadata)
		Write(t, d, image.Squashfs, "rootfs.squashfs", rootfs)
	})
}

// Unified publishes an image of one file.
func Unified(t testing.TB, s store.Store, v image.Version, name string, content []byte) image.Version {
	t.Helper()
	return publish(t, s, v, func(d store.Draft) { Write(t, d, image.Unified, name, content) })
}

func publish(t testing.TB, s store.Store, v image.Version, fill func(store.Draft)) image.Version {
	t.Helper()
	d, err := s.Draft(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Discard()
	fill(d)
	v.Fingerprint, v.TarballFingerprint = "", "" // v may be a published version, with other contents
	published, err := d.Publish(t.Context(), v)
	if err != nil {
		t.Fatal(err)
	}
	return published
}

// Streams renders, for store.UpdateStreams, what it was given.
func Streams(index, images string) func(map[image.Product]image.Packed) ([]byte, []byte, error) {
	return func(map[image.Product]image.Packed) ([]byte, []byte, error) {
		return []byte(index), []byte(images), nil
	}
}

// Write writes a whole file of a draft.
func Write(t testing.TB, d store.Draft, kind, name string, content []byte) {
	t.Helper()
	w, err := d.Create(kind, name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}
