package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"slices"
	"testing"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// Clock is a clock that stands until it is set.
type Clock struct{ Now time.Time }

// NewClock returns a clock that stands at a time with a fraction of a second.
func NewClock() *Clock {
	return &Clock{time.Date(2026, 11, 23, 10, 15, 0, 600_000_000, time.UTC)}
}

// Time is for dir.WithClock.
func (c *Clock) Time() time.Time { return c.Now }

// Run checks everything that a store promises. create makes an empty store, and
// returns a function that opens it, as another process would.
func Run(t *testing.T, create func(t testing.TB, clock func() time.Time) (open func() store.Store)) {
	tests := map[string]func(*testing.T, store.Store, *Clock){
		"an empty store lists nothing":                                      emptyStore,
		"a published split image is listed with sizes, hashes, fingerprint": splitImage,
		"a published unified image has the fingerprint of its file":         unifiedImage,
		"a root file system in two forms has two fingerprints":              twoForms,
		"two forms may be written in any order and at the same time":        twoFormsAnyOrder,
		"files may be written in any order and at the same time":            anyOrder,
		"a draft is invisible, and gone when discarded":                     invisibleDraft,
		"a draft is published once":                                         publishedOnce,
		"incomplete drafts are refused":                                     incompleteDrafts,
		"names that could be paths are refused":                             hostileNames,
		"serials grow when the clock does not":                              growingSerials,
		"serials grow when the clock is set back":                           clockSetBack,
		"a retired version is listed with its time and can be read":         retired,
		"retiring again keeps the time":                                     retiredTwice,
		"prune takes what was retired for long enough, and only that":       pruned,
		"what was retired by a clock that was ahead does not stay for ever": retiredAhead,
		"a clock that is behind makes nothing go too early":                 retiredBehind,
		"a version may have a delta that makes it out of an older one":      withDelta,
		"a pinned product says so, with the time, until it is unpinned":     pinned,
		"only a product that is there can be pinned":                        pinnedNothing,
		"a pin goes with the last version":                                  pinnedAndGone,
		"a rollback offers older files as a new version":                    rolledBack,
		"a rollback to a retired version outlives its files":                rolledBackToRetired,
		"a rollback that cannot be is none":                                 rolledBackInVain,
		"what a version runs is told of one alone":                          described,
		"what is in a version is kept beside its files":                     noted,
		"a file that is being read outlives its version":                    readWhilePruned,
		"equal files of versions outlive each other":                        sharedFiles,
		"a draft may take over files of a published version":                takenOver,
		"verify reads every byte":                                           verified,
		"a damaged version can be taken away at once":                       removed,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			clock := NewClock()
			test(t, create(t, clock.Time)(), clock)
		})
	}
	for name, test := range several {
		t.Run(name, func(t *testing.T) {
			clock := NewClock()
			open := create(t, clock.Time)
			test(t, open(), open(), clock)
		})
	}
}

func nginx() image.Version {
	return image.Version{
		Name: "nginx", Architecture: "amd64", Key: "k1", Source: "docker.io/library/nginx:1.27",
		SourceDigest: "sha256:00", Release: "1.27", Description: "a web server", Aliases: []string{"web", "nginx:1.27"},
		Properties: map[string]string{"os": "debian"}, Requirements: map[string]string{"nesting": "true"},
	}
}

// Versions lists a store that has to be in order.
func Versions(t testing.TB, s store.Store) []image.Version {
	t.Helper()
	now, err := s.Versions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return slices.Clone(now.List())
}

func sum(parts ...[]byte) string {
	h := sha256.Sum256(bytes.Join(parts, nil))
	return hex.EncodeToString(h[:])
}

// Content reads a published file.
func Content(t testing.TB, s store.Store, path string) []byte {
	t.Helper()
	f, err := s.OpenFile(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := io.ReadAll(store.NewReader(f))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func emptyStore(t *testing.T, s store.Store, _ *Clock) {
	unlock, err := s.TryLock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if got := Versions(t, s); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

func verified(t *testing.T, s store.Store, _ *Clock) {
	v := Split(t, s, nginx(), []byte("metadata"), bytes.Repeat([]byte("rootfs"), 100_000))
	if err := store.Verify(t.Context(), s, v); err != nil {
		t.Error(err)
	}
	wrong := v
	wrong.Fingerprint = sum([]byte("something else"))
	if err := store.Verify(t.Context(), s, wrong); err == nil {
		t.Error("a wrong fingerprint was not noticed")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := store.Verify(ctx, s, v); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
}

func removed(t *testing.T, s store.Store, _ *Clock) {
	old := Split(t, s, nginx(), []byte("metadata"), []byte("one"))
	for _, files := range []store.Fate{store.Delete, store.SetAside} {
		v := Split(t, s, nginx(), []byte("metadata"), []byte("two"))
		for range 2 {
			if err := s.Remove(t.Context(), v.ID(), "it is damaged", files); err != nil {
				t.Error(err)
			}
		}
		if all := Versions(t, s); len(all) != 1 || all[0].Serial != old.Serial {
			t.Errorf("there is %v", all)
		}
		if _, err := s.OpenFile(t.Context(), v.Path(v.Files[0])); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("opening a file of it: %v", err)
		}
		again := Split(t, s, nginx(), []byte("metadata"), []byte("two"))
		if again.Fingerprint != v.Fingerprint {
			t.Errorf("made again, it is %s", again.Fingerprint)
		}
		if err := s.Remove(t.Context(), image.ID{Product: image.Product{Name: "..", Architecture: "x"}, Serial: "y"}, "", files); err == nil {
			t.Error("what is no version was taken away")
		}
		if err := s.Remove(t.Context(), again.ID(), "it is damaged as well", files); err != nil {
			t.Error(err)
		}
	}
}

func readWhilePruned(t *testing.T, s store.Store, clock *Clock) {
	content := bytes.Repeat([]byte("rootfs"), 100_000)
	v := Split(t, s, nginx(), []byte("metadata"), content)
	path := v.Path(v.Files[1])
	f, err := s.OpenFile(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := s.Retire(t.Context(), clock.Now, v); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Prune(t.Context(), clock.Now, 0); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(store.NewReader(f)); err != nil || !bytes.Equal(got, content) {
		t.Errorf("read %d bytes, %v", len(got), err)
	}
	if _, err := s.OpenFile(t.Context(), path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after pruning: %v", err)
	}
}
