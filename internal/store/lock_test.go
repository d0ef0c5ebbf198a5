package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/store"
)

func TestTheLockNamesWhoHoldsIt(t *testing.T) {
	dir := t.TempDir()
	holder := start(t, "hold the lock", dir)
	_, err := open(t, dir).TryLock()
	var locked *store.LockedError
	if !errors.As(err, &locked) {
		t.Fatalf("got %v", err)
	}
	host, _ := os.Hostname()
	if h := locked.Holder; h.PID != holder.cmd.Process.Pid || h.Host != host || time.Since(h.Since) > time.Minute {
		t.Errorf("the holder is said to be %+v", h)
	}
	if !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), host) {
		t.Errorf("the error does not help: %v", err)
	}
}

func TestADeadProcessHoldsNoLock(t *testing.T) {
	dir := t.TempDir()
	start(t, "hold the lock", dir).kill()
	unlock, err := open(t, dir).TryLock()
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}

func TestTheLockKeepsOutThisProcessToo(t *testing.T) {
	s := open(t, t.TempDir())
	unlock, err := s.TryLock()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.TryLock(); err == nil {
		t.Error("it was taken twice")
	}
	unlock()
	again, err := s.TryLock()
	if err != nil {
		t.Fatal(err)
	}
	again()
}

func TestLockWaitsAndSaysSoOnce(t *testing.T) {
	s := open(t, t.TempDir())
	first, err := s.TryLock()
	if err != nil {
		t.Fatal(err)
	}
	var told []store.Holder
	second, err := s.Lock(t.Context(), func(h store.Holder) {
		told = append(told, h)
		time.AfterFunc(300*time.Millisecond, first) // several looks later
	})
	if err != nil {
		t.Fatal(err)
	}
	second()
	if len(told) != 1 || told[0].PID != os.Getpid() {
		t.Errorf("told %+v", told)
	}
}

func TestLockWaitsNoLongerThanItsContext(t *testing.T) {
	s := open(t, t.TempDir())
	unlock, err := s.TryLock()
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithCancel(t.Context())
	_, err = s.Lock(ctx, func(store.Holder) { cancel() })
	var locked *store.LockedError
	if !errors.Is(err, context.Canceled) || !errors.As(err, &locked) {
		t.Errorf("got %v", err)
	}
}

func TestALockFileOfNonsenseIsNoObstacle(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ".lock"), []byte("{{{"), 0o644); err != nil {
		t.Fatal(err)
	}
	unlock, err := open(t, dir).TryLock()
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}
