package dir

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"lxdocker/internal/store"
)

// TryLock implements store.Store.
func (s *Store) TryLock(ctx context.Context) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("locking the store: %w", err)
	}
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
			return nil, &store.LockedError{Store: s.dir, Holder: readHolder(f)}
		}
		return nil, fmt.Errorf("locking the store %s: %w", s.dir, err)
	}
	s.writeHolder(f)
	return func() {
		_ = f.Truncate(0) // only said for people; closing is what unlocks
		_ = f.Close()
	}, nil
}

// writeHolder tells others who has the lock. A full disk must not keep anybody
// from locking: the flock is what counts.
func (s *Store) writeHolder(f *os.File) {
	host, _ := os.Hostname()
	data, err := json.Marshal(store.Holder{PID: os.Getpid(), Host: host, Since: s.clock().UTC().Truncate(time.Second)})
	if err != nil {
		return
	}
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt(append(data, '\n'), 0)
	}
}

func readHolder(f *os.File) store.Holder {
	var h store.Holder
	data, err := io.ReadAll(io.LimitReader(f, 4096))
	if err != nil || json.Unmarshal(data, &h) != nil {
		return store.Holder{}
	}
	return h
}
