package storetest

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"testing"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// sharedFiles publishes one root file system under several names. Whether the store keeps it
// once is its own affair; what happens to one version must not be seen in another.
func sharedFiles(t *testing.T, s store.Store, clock *Clock) {
	rootfs := bytes.Repeat([]byte("rootfs"), 50_000)
	var all []image.Version
	for _, name := range []string{"one", "two", "three", "four"} {
		v := nginx()
		v.Name = name
		all = append(all, Split(t, s, v, []byte("metadata of "+name), rootfs))
	}
	intact := func(after string, left []image.Version) {
		t.Helper()
		if got := Versions(t, s); len(got) != len(left) {
			t.Errorf("after %s there is %v", after, got)
		}
		for _, v := range left {
			if err := store.Verify(t.Context(), s, v); err != nil {
				t.Errorf("after %s: %v", after, err)
			}
		}
	}
	intact("publishing", all)
	if err := s.Retire(t.Context(), clock.Now, all[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Prune(t.Context(), clock.Now, 0); err != nil {
		t.Fatal(err)
	}
	intact("pruning the first", all[1:])
	if err := s.Remove(t.Context(), all[1].ID(), "it is damaged", store.SetAside); err != nil {
		t.Fatal(err)
	}
	intact("setting one aside", all[2:])
	if err := s.Remove(t.Context(), all[2].ID(), "it is damaged", store.Delete); err != nil {
		t.Fatal(err)
	}
	intact("removing one", all[3:])
	again := Split(t, s, nginx(), []byte("metadata"), rootfs)
	intact("publishing it again", []image.Version{all[3], again})
	if got := Content(t, s, again.Path(again.Files[slices.IndexFunc(again.Files, func(f image.File) bool { return f.Kind == image.Squashfs })])); !bytes.Equal(got, rootfs) {
		t.Errorf("its root file system has %d other bytes", len(got))
	}
}

func takenOver(t *testing.T, s store.Store, clock *Clock) {
	rootfs := bytes.Repeat([]byte("rootfs"), 50_000)
	from := Split(t, s, nginx(), []byte("metadata"), rootfs)
	draft := func(metadata string) store.Draft {
		t.Helper()
		d, err := s.Draft(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(d.Discard)
		if metadata != "" {
			Write(t, d, image.Metadata, "lxd.tar.xz", []byte(metadata))
		}
		return d
	}
	for _, metadataFirst := range []bool{true, false} {
		d := draft(map[bool]string{true: "other metadata"}[metadataFirst])
		if err := d.Take(t.Context(), from, image.Squashfs); err != nil {
			t.Fatal(err)
		}
		if f, err := d.Open(image.Squashfs); err != nil || f.Size() != int64(len(rootfs)) {
			t.Errorf("what was taken over cannot be read: %v", err)
		} else {
			_ = f.Close()
		}
		if !metadataFirst {
			Write(t, d, image.Metadata, "lxd.tar.xz", []byte("other metadata"))
		}
		v, err := d.Publish(t.Context(), nginx())
		if err != nil {
			t.Fatal(err)
		}
		if v.Fingerprint != sum([]byte("other metadata"), rootfs) || v.Files[1] != from.Files[1] {
			t.Errorf("published %+v", v)
		}
		if err := store.Verify(t.Context(), s, v); err != nil {
			t.Error(err)
		}
	}
	d := draft("metadata")
	if err := d.Take(t.Context(), from, image.Tarball); err == nil {
		t.Error("a file that is not there was taken over")
	}
	if err := s.Retire(t.Context(), clock.Now, from); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Prune(t.Context(), clock.Now, 0); err != nil {
		t.Fatal(err)
	}
	if err := d.Take(t.Context(), from, image.Squashfs); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of a version that is gone: %v", err)
	}
	Write(t, d, image.Squashfs, "rootfs.squashfs", rootfs)
	if v, err := d.Publish(t.Context(), nginx()); err != nil || v.Fingerprint != from.Fingerprint {
		t.Errorf("the draft cannot be published: %+v, %v", v, err)
	}
}
