package dir_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"golang.org/x/sys/unix"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
	"lxdocker/internal/store/storetest"
	"lxdocker/internal/testenv"
)

// TestAFullDiskChangesNothing publishes until a small disk is full. It needs a
// file system of its own, which only root may mount.
func TestAFullDiskChangesNothing(t *testing.T) {
	folder := t.TempDir()
	testenv.SmallDisk(t, folder, "size=1m")
	s := open(t, folder)
	v := split(t, s, "nginx")
	for range 3 {
		err := publish(s, noise(2<<20))
		if !errors.Is(err, unix.ENOSPC) {
			t.Fatalf("publishing 2 MiB on a disk of 1 MiB: %v", err)
		}
	}
	got := storetest.Versions(t, s)
	if len(got) != 1 || store.Verify(t.Context(), s, v) != nil {
		t.Errorf("listed: %+v", got)
	}
	if err := publish(s, noise(700_000)); err != nil {
		t.Errorf("what failed before is still in the way: %v", err)
	}
	huge := func(map[image.Product]image.Packed) (index, images []byte, err error) {
		return nil, bytes.Repeat([]byte("x"), 1<<20), nil
	}
	if err := s.UpdateStreams(t.Context(), huge); !errors.Is(err, unix.ENOSPC) {
		t.Errorf("writing streams: %v", err)
	}
	if unlock, err := s.TryLock(t.Context()); err != nil {
		t.Errorf("locking: %v", err)
	} else {
		unlock()
	}
}

func publish(s store.Store, content []byte) error {
	d, err := s.Draft(context.Background())
	if err != nil {
		return err
	}
	defer d.Discard()
	w, err := d.Create(image.Unified, "lxd_combined.tar")
	if err != nil {
		return err
	}
	_, err = w.Write(content)
	if err := errors.Join(err, w.Close()); err != nil {
		return err
	}
	_, err = d.Publish(context.Background(), version("nginx"))
	return err
}
