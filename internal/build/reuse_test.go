package build_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"lxdocker/internal/image"
	"lxdocker/internal/spec"
	"lxdocker/internal/store"
)

// TestAnotherTagOfAManifestIsNotMadeOnceMore: its root file system is there.
func TestAnotherTagOfAManifestIsNotMadeOnceMore(t *testing.T) {
	address, push, layers := serveCounted(t)
	pushed := push("one")
	for _, other := range []string{"/app:other", "/app:more", "/app:last"} {
		tag, err := name.NewTag(address + other)
		if err != nil {
			t.Fatal(err)
		}
		if err := remote.Write(tag, pushed); err != nil {
			t.Fatal(err)
		}
	}
	s := newHubSite(t)
	first := s.update(address + "/app")
	if err := os.RemoveAll(filepath.Join(s.dir, "layers")); err != nil { // nothing can be made of them
		t.Fatal(err)
	}
	before := layers.Load()
	second := s.update(address + "/app:other")
	if n := layers.Load() - before; n > 0 {
		t.Errorf("%d blobs were fetched", n)
	}
	if second.Key == first.Key || second.Fingerprint == first.Fingerprint || second.SourceDigest != first.SourceDigest {
		t.Errorf("the second is %+v, the first %+v", second, first)
	}
	if err := store.Verify(t.Context(), s.store, second); err != nil {
		t.Error(err)
	}
	if fresh := newHubSite(t).update(address + "/app:other"); fresh.Fingerprint != second.Fingerprint || fresh.Key != second.Key {
		t.Errorf("made of its layers it is %s, and %s of another image", fresh.Fingerprint, second.Fingerprint)
	}
	// What is damaged is made of its layers.
	squashfs, _ := second.File(image.Squashfs)
	path := filepath.Join(s.images(), second.Path(squashfs))
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text[1000] ^= 1
	if err := os.WriteFile(path, text, 0o644); err != nil { // of both, which are one file
		t.Fatal(err)
	}
	if err := store.Verify(t.Context(), s.store, first); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("the first is %v", err)
	}
	third := s.update(address + "/app:more")
	if err := store.Verify(t.Context(), s.store, third); err != nil {
		t.Error(err)
	}
	// An image of a spec has edits of its own, and is made.
	s.now = s.now.Add(time.Minute)
	r := s.run([]spec.Spec{{Name: "app", Image: address + "/app:last"}})
	if len(r) != 1 || r[0].Err != nil || store.Verify(t.Context(), s.store, r[0].Version) != nil {
		t.Errorf("of a spec it is %+v", r)
	}
}
