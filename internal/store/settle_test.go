package store

import (
	"os"
	"testing"
	"time"
)

// TestAListingThatWasOvertakenLooksAgain is the moment that a reader in another
// process meets too rarely to be tested by chance: it has listed the folders,
// and before it reads them the version is replaced and retired.
func TestAListingThatWasOvertakenLooksAgain(t *testing.T) {
	s, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	publish := func() Version {
		t.Helper()
		d, err := s.Draft()
		if err != nil {
			t.Fatal(err)
		}
		w, err := d.Create(Unified, "lxd_combined.tar")
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		v, err := d.Publish(Version{Name: "nginx", Architecture: "amd64"})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	old := publish()
	root, err := os.OpenRoot(s.Dir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for step, overtake := range []func() error{
		func() error { return s.Retire(old, time.Now()) },
		func() error { _, err := s.Prune(time.Now(), 0); return err },
	} {
		before, err := places(root)
		if err != nil {
			t.Fatal(err)
		}
		fresh := publish()
		if err := overtake(); err != nil {
			t.Fatal(err)
		}
		got, err := s.settle(root, before)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, v := range got {
			found = found || v.Serial == fresh.Serial && v.Retired == nil
		}
		if !found {
			t.Errorf("step %d: %s was published before the old version went, but is missing in %+v", step, fresh.Serial, got)
		}
	}
}
