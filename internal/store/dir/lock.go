package dir

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"lxdocker/internal/durable"
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
	lock, err := durable.TryLock(s.path(lockFile))
	if errors.Is(err, durable.ErrLocked) {
		return nil, &store.LockedError{Store: s.dir, Holder: s.holder()}
	}
	if err != nil {
		return nil, fmt.Errorf("locking the store: %w", err)
	}
	host, _ := os.Hostname()
	me, _ := json.Marshal(store.Holder{PID: os.Getpid(), Host: host, Since: s.clock().UTC().Truncate(time.Second)})
	lock.Note(append(me, '\n'))
	if err := s.checkDaily(ctx); err != nil {
		s.log.Warn("cannot look through the store", "error", err)
	}
	return func() {
		lock.Note(nil)
		lock.Unlock()
	}, nil
}

// holder is who has the lock, as far as that is known yet.
func (s *Store) holder() (h store.Holder) {
	data, err := os.ReadFile(s.path(lockFile))
	if err != nil || json.Unmarshal(data, &h) != nil {
		return store.Holder{}
	}
	return h
}
