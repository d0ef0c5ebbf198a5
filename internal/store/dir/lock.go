package dir

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"lxdocker/internal/durable"
	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// TryLock implements store.Store.
func (s *Store) TryLock(ctx context.Context, of ...image.Product) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("locking the store: %w", err)
	}
	if err := s.makeRoot(); err != nil {
		return nil, err
	}
	if len(of) > 0 {
		return s.lockProducts(of)
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

// lockProducts takes the lock of each product. All share one file, of which each has a
// byte.
func (s *Store) lockProducts(of []image.Product) (unlock func(), err error) {
	var locks []*durable.FileLock
	unlock = func() {
		for _, lock := range locks {
			lock.Unlock()
		}
	}
	for _, p := range of {
		lock, err := durable.TryLockByte(s.path(makingFile), byteOf(p))
		if err == nil {
			locks = append(locks, lock)
			continue
		}
		unlock()
		if errors.Is(err, durable.ErrLocked) {
			return nil, &store.LockedError{Store: s.dir, Product: p}
		}
		return nil, fmt.Errorf("locking %s: %w", p, err)
	}
	return unlock, nil
}

// byteOf is the byte of a product. Two products never have the same, for all that can
// be expected of a hash.
func byteOf(p image.Product) int64 {
	sum := sha256.Sum256([]byte(p.Dir()))
	return int64(binary.BigEndian.Uint64(sum[:]) >> 2) // as far as files reach
}

// holder is who has the lock, as far as that is known yet.
func (s *Store) holder() (h store.Holder) {
	data, err := os.ReadFile(s.path(lockFile))
	if err != nil || json.Unmarshal(data, &h) != nil {
		return store.Holder{}
	}
	return h
}
