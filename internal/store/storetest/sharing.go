package storetest

import (
	"bytes"
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
	if err := s.SetAside(t.Context(), all[1].ID(), "it is damaged"); err != nil {
		t.Fatal(err)
	}
	intact("setting one aside", all[2:])
	if err := s.Remove(t.Context(), all[2].ID(), "it is damaged"); err != nil {
		t.Fatal(err)
	}
	intact("removing one", all[3:])
	again := Split(t, s, nginx(), []byte("metadata"), rootfs)
	intact("publishing it again", []image.Version{all[3], again})
	if got := Content(t, s, again.Path(again.Files[slices.IndexFunc(again.Files, func(f image.File) bool { return f.Kind == image.Squashfs })])); !bytes.Equal(got, rootfs) {
		t.Errorf("its root file system has %d other bytes", len(got))
	}
}
