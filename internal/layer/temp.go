package layer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lxdocker/internal/durable"
)

const (
	// lockFile is locked by those who put packs into the cache or take them out.
	lockFile = ".lock"
	// scratchPrefix starts the names of folders that are no packs (yet, or any more).
	scratchPrefix = ".scratch-"
	// oldPrefix was used by programs that locked folders. There is no way to tell whether
	// one is in use; nobody uses one for a day.
	oldPrefix = ".tmp-"
)

// newScratch makes a folder that a pack is made in, or moved to.
func newScratch(dir string) (s *durable.Scratch, err error) {
	err = exclusively(dir, func() error {
		s, err = durable.NewScratch(dir, scratchPrefix)
		return err
	})
	return s, err
}

// exclusively keeps other goroutines and processes from putting packs into a
// cache, or taking some out, while f does.
func exclusively(dir string, f func() error) error {
	lock, err := durable.Lock(context.Background(), filepath.Join(dir, lockFile), nil)
	if err != nil {
		return fmt.Errorf("locking the cache: %w", err)
	}
	defer lock.Unlock()
	return f()
}

// sweep removes folders that nobody works in any more, and packs that nobody can
// read any more, and returns how many bytes that freed.
func sweep(dir string) (freed int64, err error) {
	var found []*durable.Scratch
	err = exclusively(dir, func() (err error) {
		found, err = durable.Abandoned(dir, scratchPrefix)
		return err
	})
	errs := []error{err}
	release := func(s *durable.Scratch) {
		n := usage(s.Dir)
		if err := s.Release(); err != nil {
			errs = append(errs, err)
			return
		}
		freed += n
	}
	for _, s := range found {
		release(s)
	}
	names, err := os.ReadDir(dir)
	errs = append(errs, err)
	for _, name := range names {
		path := filepath.Join(dir, name.Name())
		switch info, err := name.Info(); {
		case isFirstFormat(name.Name()):
			n := usage(path)
			errs = append(errs, evict(path, func() bool { freed += n; return true }))
		case strings.HasPrefix(name.Name(), oldPrefix) && err == nil && time.Since(info.ModTime()) > 24*time.Hour:
			release(&durable.Scratch{Dir: path})
		}
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
	t, err := newScratch(filepath.Dir(path))
	if err != nil {
		return fail(err)
	}
	defer func() { _ = t.Release() }() // the next sweep does what this cannot
	err = exclusively(filepath.Dir(path), func() error {
		if !useless() {
			return nil // another process was here in the meantime
		}
		return os.Rename(path, filepath.Join(t.Dir, "old"))
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fail(err)
	}
	return nil
}
