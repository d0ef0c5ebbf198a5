package durable

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// ErrLocked says that another process, or another part of this one, has a lock.
var ErrLocked = errors.New("it is locked by another process")

// FileLock is a lock on a file. The kernel releases it when the process ends, so no lock is
// ever stale.
//
// The file of a lock is only removed together with everything that it protects: otherwise
// one process could lock the old file while another creates and locks a new one.
type FileLock struct{ file *os.File }

// lockMode is the mode of lock files: anybody who may read a file can lock it, and so block
// everybody who waits for the lock.
const lockMode = 0o600

// Lock takes the lock of a file, which is made if it is not there, and waits for it as
// long as the context lives. If that takes more than a moment, onWait, unless it is nil,
// is told once who has it.
func Lock(ctx context.Context, path string, onWait func(holder string)) (*FileLock, error) {
	pause := time.Millisecond
	for waited := time.Duration(0); ; waited += pause {
		lock, err := TryLock(path)
		if !errors.Is(err, ErrLocked) {
			return lock, err
		}
		if onWait != nil && waited > patience {
			onWait(HolderOf(path))
			onWait = nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for the lock %s, which %s has: %w", path, HolderOf(path), ctx.Err())
		case <-time.After(pause):
		}
		pause = min(2*pause, maxPause)
	}
}

const (
	patience = 2 * time.Second       // locks are held for moves and small files
	maxPause = 50 * time.Millisecond // between two looks
)

// TryLock is Lock that does not wait: it returns ErrLocked.
func TryLock(path string) (*FileLock, error) {
	f, err := openLock(path)
	if err != nil {
		return nil, err
	}
	return hold(f, unix.LOCK_EX|unix.LOCK_NB)
}

// openLock opens the file of a lock, and makes it first if it is not there.
func openLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, lockMode)
	if err != nil {
		return nil, err
	}
	// Programs before made files that all may read. Whose it is not cannot change it.
	if info, err := f.Stat(); err == nil && info.Mode().Perm()&^lockMode != 0 {
		_ = f.Chmod(lockMode)
	}
	return f, nil
}

// TryShare takes a lock that keeps out Lock and TryLock, but not others that share
// it. The file has to be there; reading it is all that has to be allowed.
func TryShare(path string) (*FileLock, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return hold(f, unix.LOCK_SH|unix.LOCK_NB)
}

// TryLockByte takes the lock of one byte of a file, as which many things can share one
// file that need not have that many bytes. It keeps out those who ask for the same byte,
// in this process or another, but none of the other locks here. It does not wait: it
// returns ErrLocked.
func TryLockByte(path string, at int64) (*FileLock, error) {
	f, err := openLock(path)
	if err != nil {
		return nil, err
	}
	// A lock of the open file, not of the process: that is one for each caller here.
	lock := unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart, Start: at, Len: 1}
	for err = unix.EINTR; errors.Is(err, unix.EINTR); {
		err = unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &lock)
	}
	switch {
	case err == nil:
		return &FileLock{f}, nil
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EACCES):
		err = ErrLocked
	default:
		err = &os.PathError{Op: "fcntl", Path: path, Err: err}
	}
	_ = f.Close()
	return nil, err
}

// LockedByte says whether somebody has the lock of a byte, without taking it, for which
// reading the file is all that has to be allowed. A file that is not there has no locks.
func LockedByte(path string, at int64) (bool, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	lock := unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart, Start: at, Len: 1}
	if err := unix.FcntlFlock(f.Fd(), unix.F_OFD_GETLK, &lock); err != nil {
		return false, &os.PathError{Op: "fcntl", Path: path, Err: err}
	}
	return lock.Type != unix.F_UNLCK, nil
}

func hold(f *os.File, how int) (*FileLock, error) {
	for {
		err := unix.Flock(int(f.Fd()), how)
		switch {
		case err == nil:
			return &FileLock{f}, nil
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EWOULDBLOCK):
			err = ErrLocked
		default:
			err = &os.PathError{Op: "flock", Path: f.Name(), Err: err}
		}
		_ = f.Close()
		return nil, err
	}
}

// Note replaces what the file says, for people who find it locked. A full disk does
// not matter: the lock is what counts.
func (l *FileLock) Note(text []byte) {
	if l.file.Truncate(0) == nil && len(text) > 0 {
		_, _ = l.file.WriteAt(text, 0)
	}
}

// Unlock releases the lock.
func (l *FileLock) Unlock() {
	// Closing would do, but for a child process that has the file until it becomes
	// another program: it would keep the lock that long.
	_ = unix.Flock(int(l.file.Fd()), unix.LOCK_UN)
	_ = unix.FcntlFlock(l.file.Fd(), unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_UNLCK, Whence: io.SeekStart})
	_ = l.file.Close()
}
