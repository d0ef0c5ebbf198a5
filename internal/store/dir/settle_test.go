package dir

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"lxdocker/internal/image"
)

var nginx = image.Product{Name: "nginx", Architecture: "amd64"}

// TestAListingThatWasOvertakenLooksAgain is the moment that a reader in another
// process meets too rarely to be tested by chance: it has listed the folders,
// and before it reads them the version is replaced and retired.
func TestAListingThatWasOvertakenLooksAgain(t *testing.T) {
	s, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	publish := func() image.Version {
		t.Helper()
		d, err := s.Draft(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		w, err := d.Create(image.Unified, "lxd_combined.tar")
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		v, err := d.Publish(t.Context(), image.Version{Name: "nginx", Architecture: "amd64"})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	old := publish()
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for step, overtake := range []func() error{
		func() error { return s.Retire(t.Context(), time.Now(), old) },
		func() error { _, err := s.Prune(t.Context(), time.Now(), 0); return err },
	} {
		var fresh image.Version
		list := func() ([]image.ID, error) {
			all, err := serials(root, nginx)
			if err != nil || fresh.Serial != "" {
				return all, err
			}
			fresh = publish() // after the first listing, before anything is read
			return all, overtake()
		}
		got, err := s.settle(nginx, list, func(p image.ID) (image.Version, error) { return read(root, p) })
		if err != nil {
			t.Fatal(err)
		}
		isFresh := func(v image.Version) bool { return v.Serial == fresh.Serial && v.Retired == nil }
		if !slices.ContainsFunc(got.Put, isFresh) {
			t.Errorf("step %d: %s was published before the old version went, but is missing in %+v", step, fresh.Serial, got)
		}
	}
}

func TestAVersionThatIsPrunedWhileItIsReadIsNotDamaged(t *testing.T) {
	var log bytes.Buffer
	s, err := Open(t.TempDir(), WithLog(slog.New(slog.NewTextHandler(&log, nil))))
	if err != nil {
		t.Fatal(err)
	}
	there := []image.ID{{Product: nginx, Serial: "20261123_101500"}}
	got, err := s.settle(nginx,
		func() ([]image.ID, error) { return there, nil },
		func(image.ID) (image.Version, error) { there = nil; return image.Version{}, fs.ErrNotExist })
	if err != nil || !got.empty() || log.Len() > 0 {
		t.Errorf("listed %v, %v, and said\n%s", got, err, &log)
	}
}

func TestAStoreThatNeverSettlesIsAnError(t *testing.T) {
	s, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	got, err := s.settle(nginx,
		func() ([]image.ID, error) {
			n++
			return []image.ID{{Product: nginx, Serial: strconv.Itoa(n)}}, nil
		},
		func(image.ID) (image.Version, error) { return image.Version{}, nil })
	if err == nil {
		t.Errorf("listed %v", got)
	}
}

func TestAProcessWithoutDescriptorsDoesNotTakeVersionsForDamaged(t *testing.T) {
	s, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.settle(nginx,
		func() ([]image.ID, error) {
			return []image.ID{{Product: nginx, Serial: "20261123_101500"}}, nil
		},
		func(image.ID) (image.Version, error) {
			return image.Version{}, &fs.PathError{Op: "openat", Path: "x", Err: unix.EMFILE}
		})
	if !errors.Is(err, unix.EMFILE) {
		t.Errorf("listed %v, %v", got, err)
	}
}
