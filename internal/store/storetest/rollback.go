package storetest

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// keyed publishes a version with a key and contents of its own.
func keyed(t *testing.T, s store.Store, key string) image.Version {
	t.Helper()
	v := nginx()
	v.Key = key
	return Tarball(t, s, v, []byte("metadata "+key), []byte("squashfs "+key), []byte("tarball "+key))
}

func rollback(t *testing.T, s store.Store, v image.Version) image.Version {
	t.Helper()
	again, err := store.Rollback(t.Context(), s, v)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

func rolledBack(t *testing.T, s store.Store, clock *Clock) {
	one, two := keyed(t, s, "k1"), keyed(t, s, "k2")
	clock.Now = clock.Now.Add(time.Hour)
	want := one
	want.Serial, want.Undone, want.Created = "20261123_111500", []string{"k2"}, clock.Now.Truncate(time.Second)
	again := rollback(t, s, one)
	if diff := cmp.Diff(want, again); diff != "" {
		t.Errorf("published (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]image.Version{one, two, want}, Versions(t, s)); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
	for _, f := range again.Files {
		if !bytes.Equal(Content(t, s, again.Path(f)), Content(t, s, one.Path(f))) {
			t.Errorf("%s is another", f.Name)
		}
	}
	if err := store.Verify(t.Context(), s, again); err != nil {
		t.Error(err)
	}
	three := keyed(t, s, "k3")
	if len(three.Undone) != 0 {
		t.Errorf("a new version has undone %v", three.Undone)
	}
	if v := rollback(t, s, two); !slices.Equal(v.Undone, []string{"k3"}) {
		t.Errorf("back from the third to the second, undone is %v", v.Undone)
	}
	if v := rollback(t, s, again); !slices.Equal(v.Undone, []string{"k2", "k3"}) {
		t.Errorf("further back, undone is %v", v.Undone)
	}
	if v := rollback(t, s, three); !slices.Equal(v.Undone, []string{"k1", "k2"}) {
		t.Errorf("and on again, undone is %v", v.Undone)
	}
}

func rolledBackToRetired(t *testing.T, s store.Store, clock *Clock) {
	one := keyed(t, s, "k1")
	two := keyed(t, s, "k2")
	if err := errors.Join(s.Retire(t.Context(), clock.Now, one), s.Pin(t.Context(), one.Product(), new(clock.Now))); err != nil {
		t.Fatal(err)
	}
	again := rollback(t, s, Versions(t, s)[0])
	if again.Retired != nil || again.Pinned != nil {
		t.Errorf("it is %+v", again)
	}
	if _, err := s.Prune(t.Context(), clock.Now, 0); err != nil {
		t.Fatal(err)
	}
	if got := serials(Versions(t, s)); !slices.Equal(got, []string{two.Serial, again.Serial}) {
		t.Errorf("left: %v", got)
	}
	if err := store.Verify(t.Context(), s, again); err != nil {
		t.Error(err)
	}
	if v := rollback(t, s, two); v.Fingerprint != two.Fingerprint {
		t.Errorf("on again it is %+v", v)
	}
}

func rolledBackInVain(t *testing.T, s store.Store, clock *Clock) {
	one, two := keyed(t, s, "k1"), keyed(t, s, "k2")
	if v, err := store.Rollback(t.Context(), s, two); err == nil {
		t.Errorf("to the current version: %+v", v)
	}
	wrong := one
	wrong.Fingerprint = sum([]byte("something else"))
	if v, err := store.Rollback(t.Context(), s, wrong); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("to files with another fingerprint: %+v", v)
	}
	hostile := one
	hostile.Files = slices.Clone(one.Files)
	hostile.Files[0].Name = "../" + two.Serial + "/lxd.tar.xz"
	if v, err := store.Rollback(t.Context(), s, hostile); err == nil {
		t.Errorf("to files of another version: %+v", v)
	}
	if err := s.Retire(t.Context(), clock.Now, one); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Prune(t.Context(), clock.Now, 0); err != nil {
		t.Fatal(err)
	}
	if v, err := store.Rollback(t.Context(), s, one); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("to a version that is gone: %+v, %v", v, err)
	}
	if diff := cmp.Diff([]image.Version{two}, Versions(t, s)); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
}
