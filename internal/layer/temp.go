package layer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// tempPrefix starts the names of folders that are no packs (yet, or any more).
const tempPrefix = ".tmp-"

// temp is a folder that a pack is made in. Its lock tells other processes that
// somebody still works there; it goes with the process, however that ends.
type temp struct {
	path string
	lock *os.File
}

func newTemp(dir string) (*temp, error) {
	for range 10 {
		path, err := os.MkdirTemp(dir, tempPrefix)
		if err != nil {
			return nil, err
		}
		lock, err := tryLock(path)
		if err != nil {
			_ = os.Remove(path)
			return nil, err
		}
		if lock != nil {
			return &temp{path: path, lock: lock}, nil
		}
		// Another process swept the folder away between the two calls.
	}
	return nil, fmt.Errorf("making a folder in %s: others remove it each time", dir)
}

// discard removes what was not moved to its place.
func (t *temp) discard() {
	_ = os.RemoveAll(t.path)
	_ = t.lock.Close()
}

// tryLock locks a folder; nil if another one has the lock or it is gone.
func tryLock(path string) (*os.File, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err {
	case nil:
	case syscall.EWOULDBLOCK:
		_ = f.Close()
		return nil, nil
	default:
		_ = f.Close()
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	mine, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	if there, err := os.Lstat(path); err != nil || !os.SameFile(mine, there) {
		_ = f.Close()
		return nil, nil
	}
	return f, nil
}

// sweep removes folders that nobody works in any more, and packs that nobody can
// read any more, and returns how many bytes that freed.
func sweep(dir string) (freed int64, err error) {
	names, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	var errs []error
	for _, name := range names {
		path := filepath.Join(dir, name.Name())
		if isFirstFormat(name.Name()) {
			n := usage(path)
			if err := evict(path, func() bool { freed += n; return true }); err != nil {
				errs = append(errs, err)
			}
			continue
		}
		if !strings.HasPrefix(name.Name(), tempPrefix) {
			continue
		}
		lock, err := tryLock(path)
		if lock == nil {
			errs = append(errs, err)
			continue
		}
		n := usage(path)
		if err := os.RemoveAll(path); err != nil {
			errs = append(errs, err)
		} else {
			freed += n
		}
		_ = lock.Close()
	}
	return freed, errors.Join(errs...)
}

// isFirstFormat knows packs of the first format, whose contents were not
// compressed, by their names: a digest and no level.
func isFirstFormat(name string) bool {
	_, err := parseSum("sha256:" + name)
	return err == nil
}

// evict takes a pack out of the cache if it is still useless. It is moved away
// first, so that no half of it is ever found; it is no error if there is none.
func evict(path string, useless func() bool) error {
	fail := func(err error) error { return fmt.Errorf("removing the pack %s: %w", path, err) }
	if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	t, err := newTemp(filepath.Dir(path))
	if err != nil {
		return fail(err)
	}
	defer t.discard()
	err = exclusively(filepath.Dir(path), func() error {
		if !useless() {
			return nil // another process was here in the meantime
		}
		return os.Rename(path, filepath.Join(t.path, "old"))
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fail(err)
	}
	return nil
}

// exclusively keeps other goroutines and processes from putting packs into a
// cache, or taking some out, while f does.
func exclusively(dir string, f func() error) error {
	lock, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer lock.Close()
	for {
		err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX)
		if err != syscall.EINTR {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("locking %s: %w", dir, err)
	}
	return f()
}
