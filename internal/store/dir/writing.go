package dir

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// alone runs f while nobody else, in this process or in another, changes what
// is where in the store. It is for moves and small files only: image data is
// written before, into a scratch folder. f must not call alone again.
//
// The kernel lets go of the lock of a process that dies, so none is ever stale.
func (s *Store) alone(ctx context.Context, f func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	// Like the lock of a run, the file is never removed: somebody could lock
	// the old one while somebody else makes and locks a new one.
	lock, err := os.OpenFile(s.path(writingFile), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return fmt.Errorf("taking a turn at the store: %w", err)
	}
	defer lock.Close()
	if err := flock(lock, unix.LOCK_EX); err != nil {
		return fmt.Errorf("taking a turn at the store %s: %w", s.dir, err)
	}
	return f()
}

// flock locks an open file; with LOCK_NB, EWOULDBLOCK says that another has it.
func flock(f *os.File, how int) error {
	for {
		err := unix.Flock(int(f.Fd()), how)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
