package dir_test

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
	folder := t.TempDir()
	holder := start(t, "hold the lock", folder)
	_, err := open(t, folder).TryLock(t.Context())
	var locked *store.LockedError
	if !errors.As(err, &locked) {
		t.Fatalf("got %v", err)
	}
	host, _ := os.Hostname()
	if h := locked.Holder; h.PID != holder.cmd.Process.Pid || h.Host != host || time.Since(h.Since) > time.Minute {
		t.Errorf("the holder is said to be %+v", h)
	}
	if !strings.Contains(err.Error(), folder) || !strings.Contains(err.Error(), host) {
		t.Errorf("the error does not help: %v", err)
	}
}

func TestADeadProcessHoldsNoLock(t *testing.T) {
	folder := t.TempDir()
	start(t, "hold the lock", folder).kill()
	unlock, err := open(t, folder).TryLock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}

func TestTheLockKeepsOutThisProcessToo(t *testing.T) {
	s := open(t, t.TempDir())
	unlock, err := s.TryLock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.TryLock(t.Context()); err == nil {
		t.Error("it was taken twice")
	}
	unlock()
	again, err := s.TryLock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again()
}

func TestLockWaitsAndSaysSoOnce(t *testing.T) {
	s := open(t, t.TempDir())
	first, err := s.TryLock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var told []store.Holder
	second, err := store.Lock(t.Context(), s, func(l *store.LockedError) {
		told = append(told, l.Holder)
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
	unlock, err := s.TryLock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithCancel(t.Context())
	_, err = store.Lock(ctx, s, func(*store.LockedError) { cancel() })
	var locked *store.LockedError
	if !errors.Is(err, context.Canceled) || !errors.As(err, &locked) {
		t.Errorf("got %v", err)
	}
}

func TestALockFileOfNonsenseIsNoObstacle(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, ".lock"), []byte("{{{"), 0o644); err != nil {
		t.Fatal(err)
	}
	unlock, err := open(t, folder).TryLock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}
