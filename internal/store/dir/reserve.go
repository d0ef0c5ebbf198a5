package dir

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"lxdocker/internal/durable"
	"lxdocker/internal/image"
)

// reservePoll is how often a waiting Reserve looks again: a version takes seconds.
const reservePoll = 100 * time.Millisecond

// Reserve implements store.Store. All products share one file, of which each has a byte.
func (s *Store) Reserve(ctx context.Context, p image.Product) (release func(), err error) {
	if err := s.makeRoot(); err != nil {
		return nil, err
	}
	tick := time.NewTicker(reservePoll)
	defer tick.Stop()
	for {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("waiting for those who make %s: %w", p, err)
		}
		lock, err := durable.TryLockByte(s.path(makingFile), byteOf(p))
		if err == nil {
			return lock.Unlock, nil
		}
		if !errors.Is(err, durable.ErrLocked) {
			return nil, fmt.Errorf("reserving %s: %w", p, err)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// byteOf is the byte of a product. Two products never have the same, for all that can
// be expected of a hash.
func byteOf(p image.Product) int64 {
	sum := sha256.Sum256([]byte(p.Dir()))
	return int64(binary.BigEndian.Uint64(sum[:]) >> 2) // as far as files reach
}
