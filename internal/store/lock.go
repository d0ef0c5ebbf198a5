package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lxdocker/internal/image"
)

// lockPoll is how often a waiting Lock looks again.
const lockPoll = 100 * time.Millisecond

// Holder is the process that holds the lock of a store, as far as it has said so.
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

// LockedError says that another process has a lock of a store.
type LockedError struct {
	Store   string        // where it is, for people
	Product image.Product // whose lock it is; zero if it is that of a run
	Holder  Holder
}

func (e *LockedError) Error() string {
	if e.Product != (image.Product{}) {
		return fmt.Sprintf("%s is being made by another conversion, in this process or another", e.Product)
	}
	return fmt.Sprintf("the store %s is in use by %s", e.Store, e.Holder)
}

// Lock takes the lock of a run, or of a product, waiting for it as long as the context
// lives. If it has to wait, it says for whom, once.
func Lock(ctx context.Context, s Store, onWait func(*LockedError), of ...image.Product) (unlock func(), err error) {
	tick := time.NewTicker(lockPoll)
	defer tick.Stop()
	for waiting := false; ; waiting = true {
		unlock, err := s.TryLock(ctx, of...)
		var locked *LockedError
		if !errors.As(err, &locked) {
			return unlock, err
		}
		if !waiting && onWait != nil {
			onWait(locked)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for the lock: %w: %w", locked, ctx.Err())
		case <-tick.C:
		}
	}
}
