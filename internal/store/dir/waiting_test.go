package dir

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"lxdocker/internal/durable"
)

// whileSyncing makes the disk of a store slow: while it writes, somebody asks what the store
// has, and gets an answer. It counts how often anybody waits for the disk.
func whileSyncing(s *Store, versions int, waits *int) {
	s.sync = func(path string) error {
		*waits++
		asked := make(chan error, 1)
		go func() {
			now, err := s.Versions(context.Background())
			if err == nil && len(now.List()) != versions {
				err = fmt.Errorf("there is %v", now.List())
			}
			asked <- err
		}()
		select {
		case err := <-asked:
			return errors.Join(err, durable.Sync(path))
		case <-time.After(10 * time.Second):
			return errors.New("who asked got no answer")
		}
	}
}

// TestNobodyWhoAsksWaitsForTheDisk: with a slow one, each answer of a server did.
func TestNobodyWhoAsksWaitsForTheDisk(t *testing.T) {
	s := openStore(t, t.TempDir())
	publishSplit(t, s, "one")
	waits := 0
	whileSyncing(s, 1, &waits)
	publishSplit(t, s, "two")
	if waits != 1 {
		t.Errorf("it waited %d times for the disk", waits)
	}
}

func TestNobodyWaitsWhileTheLedgerIsMadeShorter(t *testing.T) {
	folder := t.TempDir()
	s := openStore(t, folder)
	for _, name := range []string{"one", "two", "three"} {
		publishSplit(t, s, name)
	}
	want, long := listed(t, s), len(ledgerOf(t, folder))
	s.state.records += 10_000
	waits := 0
	whileSyncing(s, len(want), &waits)
	if _, err := s.Prune(t.Context(), time.Now(), 0); err != nil {
		t.Fatal(err)
	}
	if waits != 2 { // for the content and for the name
		t.Errorf("it waited %d times for the disk", waits)
	}
	if n := len(ledgerOf(t, folder)); n >= long || s.state.records > 10 {
		t.Errorf("the ledger has %d bytes and %d records; it had %d bytes", n, s.state.records, long)
	}
	s.sync = durable.Sync
	publishSplit(t, s, "four")
	for who, s := range map[string]*Store{"this one": s, "another": openStore(t, folder)} {
		if got := listed(t, s); len(got) != len(want)+1 {
			t.Errorf("%s lists %q", who, got)
		}
	}
}

func TestALedgerThatCannotBeMadeShorterStays(t *testing.T) {
	folder := t.TempDir()
	s := openStore(t, folder)
	publishSplit(t, s, "one")
	want, before := listed(t, s), string(ledgerOf(t, folder))
	s.state.records += 10_000
	s.sync = func(string) error { return errors.New("the disk is broken") }
	if _, err := s.Prune(t.Context(), time.Now(), 0); err != nil {
		t.Error(err)
	}
	if got := string(ledgerOf(t, folder)); got != before {
		t.Errorf("it is\n%s\nnot\n%s", got, before)
	}
	if got := listed(t, openStore(t, folder)); len(got) != len(want) {
		t.Errorf("listed %q", got)
	}
}
