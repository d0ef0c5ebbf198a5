package storetest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// several are what a store promises those who open it several times, as processes
// beside each other do.
var several = map[string]func(t *testing.T, one, other store.Store, clock *Clock){
	"what one changes is in the next snapshot of another": seenByOthers,
	"a snapshot is the same as long as nothing changes":   sameSnapshot,
	"a snapshot tells which products have changed":        changedProducts,
	"a lock of one keeps another out, but from nothing":   lockedOut,
	"a check of what is right changes nothing":            checked,
	"after its end a context changes nothing":             endedContext,
	"a product is made by one at a time":                  lockedProduct,
}

func newest(t testing.TB, s store.Store) *store.Snapshot {
	t.Helper()
	now, err := s.Versions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return now
}

func seenByOthers(t *testing.T, one, other store.Store, clock *Clock) {
	old := Unified(t, one, nginx(), "lxd_combined.tar", []byte("x"))
	same := func(when string) {
		t.Helper()
		if got, want := states(newest(t, other)), states(newest(t, one)); !slices.Equal(got, want) {
			t.Errorf("%s, another lists %v, not %v", when, got, want)
		}
	}
	same("after publishing")
	fresh := Unified(t, other, nginx(), "lxd_combined.tar", []byte("y"))
	same("after publishing there")
	if fresh.Serial <= old.Serial {
		t.Errorf("after %s another publishes %s", old.Serial, fresh.Serial)
	}
	gone := nginx()
	gone.Architecture = "arm64"
	gone = Unified(t, one, gone, "lxd_combined.tar", []byte("z"))
	if err := one.Retire(t.Context(), clock.Now, gone, old); err != nil {
		t.Fatal(err)
	}
	same("after retiring")
	if err := other.Pin(t.Context(), fresh.Product(), new(clock.Now)); err != nil {
		t.Fatal(err)
	}
	same("after pinning")
	if got := states(newest(t, one)); !slices.Equal(got, []string{old.Dir() + " retired pinned", fresh.Dir() + " pinned", gone.Dir() + " retired"}) {
		t.Errorf("listed: %v", got)
	}
	if removed, err := other.Prune(t.Context(), clock.Now, 0); err != nil || len(removed) != 2 {
		t.Errorf("pruned %v, %v", removed, err)
	}
	same("after pruning")
	if err := one.Retire(t.Context(), clock.Now, gone); err != nil {
		t.Errorf("retiring what another has pruned: %v", err)
	}
	if got := newest(t, one).Products(); !slices.Equal(got, []image.Product{fresh.Product()}) {
		t.Errorf("products are %v", got)
	}
}

// states are versions, and what has happened to them.
func states(s *store.Snapshot) (all []string) {
	for _, v := range s.List() {
		word := v.Dir()
		if v.Retired != nil {
			word += " retired"
		}
		if v.Pinned != nil {
			word += " pinned"
		}
		all = append(all, word)
	}
	return all
}

func sameSnapshot(t *testing.T, one, other store.Store, clock *Clock) {
	v := Unified(t, one, nginx(), "lxd_combined.tar", []byte("x"))
	before := newest(t, other)
	if newest(t, other) != before {
		t.Error("at once it is another")
	}
	if err := errors.Join(one.UpdateStreams(t.Context(), Streams("{}", "{}")), one.Pin(t.Context(), v.Product(), nil)); err != nil {
		t.Fatal(err)
	}
	if _, err := one.Prune(t.Context(), clock.Now, time.Hour); err != nil {
		t.Fatal(err)
	}
	if newest(t, other) != before {
		t.Error("it is another, though no version has changed")
	}
	if err := one.Retire(t.Context(), clock.Now, v); err != nil {
		t.Fatal(err)
	}
	if newest(t, other) == before {
		t.Error("it is the same, though a version was retired")
	}
	if before.List()[0].Retired != nil {
		t.Error("a snapshot has changed")
	}
}

func changedProducts(t *testing.T, one, other store.Store, clock *Clock) {
	v := Unified(t, one, nginx(), "lxd_combined.tar", []byte("x"))
	apache := nginx()
	apache.Name = "apache"
	apache = Unified(t, one, apache, "lxd_combined.tar", []byte("x"))
	before := newest(t, other)
	if err := one.Pin(t.Context(), v.Product(), new(clock.Now)); err != nil {
		t.Fatal(err)
	}
	if got := newest(t, other).Changed(before); !slices.Equal(got, []image.Product{v.Product()}) {
		t.Errorf("after pinning one, changed have %v", got)
	}
	if err := one.Retire(t.Context(), clock.Now, apache); err != nil {
		t.Fatal(err)
	}
	if _, err := one.Prune(t.Context(), clock.Now, 0); err != nil {
		t.Fatal(err)
	}
	if got := newest(t, other).Changed(before); !slices.Equal(got, []image.Product{apache.Product(), v.Product()}) {
		t.Errorf("after pruning the other as well, changed have %v", got)
	}
}

func lockedOut(t *testing.T, one, other store.Store, _ *Clock) {
	unlock, err := one.TryLock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var locked *store.LockedError
	if _, err := other.TryLock(t.Context()); !errors.As(err, &locked) {
		t.Errorf("another takes the lock as well: %v", err)
	}
	Unified(t, other, nginx(), "lxd_combined.tar", []byte("x"))
	unlock()
	unlock, err = other.TryLock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}

func checked(t *testing.T, one, other store.Store, _ *Clock) {
	v := Unified(t, one, nginx(), "lxd_combined.tar", []byte("x"))
	before := newest(t, other)
	if err := errors.Join(other.Check(t.Context()), other.Check(t.Context(), v.Product(), image.Product{Name: "none", Architecture: "amd64"})); err != nil {
		t.Error(err)
	}
	if newest(t, other) != before || len(before.Faults()) > 0 {
		t.Errorf("after it there are %v, and faults %v", states(newest(t, other)), before.Faults())
	}
}

func endedContext(t *testing.T, one, other store.Store, clock *Clock) {
	v := Unified(t, one, nginx(), "lxd_combined.tar", []byte("x"))
	before := newest(t, other)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for what, call := range map[string]func() error{
		"listing":    func() error { _, err := one.Versions(ctx); return err },
		"opening":    func() error { _, err := one.OpenFile(ctx, v.Path(v.Files[0])); return err },
		"beginning":  func() error { _, err := one.Draft(ctx); return err },
		"retiring":   func() error { return one.Retire(ctx, clock.Now, v) },
		"pinning":    func() error { return one.Pin(ctx, v.Product(), new(clock.Now)) },
		"unpinning":  func() error { return one.Pin(ctx, v.Product(), nil) },
		"pruning":    func() error { _, err := one.Prune(ctx, clock.Now, 0); return err },
		"checking":   func() error { return one.Check(ctx) },
		"updating":   func() error { return one.UpdateStreams(ctx, Streams("{}", "{}")) },
		"locking":    func() error { _, err := one.TryLock(ctx); return err },
		"going back": func() error { _, err := store.Rollback(ctx, one, v); return err },
		"removing":   func() error { return one.Remove(ctx, v.ID(), "it is damaged", store.Delete) },
	} {
		if err := call(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if newest(t, other) != before {
		t.Errorf("now there are %v", states(newest(t, other)))
	}
}

func lockedProduct(t *testing.T, one, other store.Store, _ *Clock) {
	p := nginx().Product()
	release, err := one.TryLock(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]store.Store{"another process": other, "another part of the same": one} {
		var locked *store.LockedError
		if _, err := s.TryLock(t.Context(), p); !errors.As(err, &locked) || locked.Product != p {
			t.Errorf("%s got it as well: %v", name, err)
		}
	}
	arm := nginx().Product()
	arm.Architecture = "arm64"
	if _, err := other.TryLock(t.Context(), arm, p); err == nil {
		t.Error("somebody else got it with another one")
	}
	for name, of := range map[string][]image.Product{"another product": {arm}, "a whole run": nil} {
		if also, err := other.TryLock(t.Context(), of...); err != nil {
			t.Errorf("%s: %v", name, err)
		} else {
			also()
		}
	}
	Unified(t, other, nginx(), "lxd_combined.tar", []byte("x")) // who publishes need not wait
	taken := make(chan error, 1)
	go func() {
		again, err := store.Lock(t.Context(), other, nil, p)
		if err == nil {
			again()
		}
		taken <- err
	}()
	release()
	if err := <-taken; err != nil {
		t.Errorf("after it was released: %v", err)
	}
}
