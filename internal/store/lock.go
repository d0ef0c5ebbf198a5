package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// lockPoll is how often a waiting Lock looks again: flock(2) itself cannot be
// waited for with a context.
const lockPoll = 100 * time.Millisecond

// Holder is the process that holds the lock, as it wrote itself into the lock
// file. It is zero in the moment before that.
type Holder struct {
	PID   int       `json:"pid"`
	Host  string    `json:"host"`
	Since time.Time `json:"since"`
}

func (h Holder) String() string {
	if h.PID == 0 {
		return "another process"
	}
	return fmt.Sprintf("process %d on %s since %s", h.PID, h.Host, h.Since.Local().Format("2006-01-02 15:04:05"))
}

// LockedError says that another process has the lock.
type LockedError struct {
	Dir    string
	Holder Holder
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("the store %s is in use by %s", e.Dir, e.Holder)
}

// TryLock takes the lock of a whole run, which keeps out other runs, as they
// would do the same work twice, but nobody who only publishes or retires a
// version. It returns a *LockedError when another process, or another part of
// this one, has it. The kernel drops the lock of a process that dies, so there
// are no stale ones.
func (s *Store) TryLock() (unlock func(), err error) {
	if err := s.makeRoot(); err != nil {
		return nil, err
	}
	// The file is never removed: somebody could lock the old one while
	// somebody else makes and locks a new one.
	f, err := os.OpenFile(s.path(lockFile), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("locking the store: %w", err)
	}
	if err := flock(f, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		defer f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, &LockedError{Dir: s.dir, Holder: readHolder(f)}
		}
		return nil, fmt.Errorf("locking the store %s: %w", s.dir, err)
	}
	s.writeHolder(f)
	return func() {
		_ = f.Truncate(0) // only said for people; closing is what unlocks
		_ = f.Close()
	}, nil
}

// Lock takes the lock, waiting for it as long as the context lives. If it has
// to wait, it says for whom, once.
func (s *Store) Lock(ctx context.Context, onWait func(Holder)) (unlock func(), err error) {
	tick := time.NewTicker(lockPoll)
	defer tick.Stop()
	for waiting := false; ; waiting = true {
		unlock, err := s.TryLock()
		var locked *LockedError
		if !errors.As(err, &locked) {
			return unlock, err
		}
		if !waiting && onWait != nil {
			onWait(locked.Holder)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for the lock: %w: %w", locked, ctx.Err())
		case <-tick.C:
		}
	}
}

// writeHolder tells others who has the lock. A full disk must not keep anybody
// from locking: the flock is what counts.
func (s *Store) writeHolder(f *os.File) {
	host, _ := os.Hostname()
	data, err := json.Marshal(Holder{PID: os.Getpid(), Host: host, Since: s.clock().UTC().Truncate(time.Second)})
	if err != nil {
		return
	}
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt(append(data, '\n'), 0)
	}
}

func readHolder(f *os.File) Holder {
	var h Holder
	data, err := io.ReadAll(io.LimitReader(f, 4096))
	if err != nil || json.Unmarshal(data, &h) != nil {
		return Holder{}
	}
	return h
}
