package layer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
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

// folder is that of a cache.
type folder struct {
	dir  string
	turn sync.Mutex // of this process at the lock, which others can only look at again and again
}

// newScratch makes a folder that a pack is made in, or moved to.
func (d *folder) newScratch() (s *durable.Scratch, err error) {
	err = d.exclusively(func() error {
		s, err = durable.NewScratch(d.dir, scratchPrefix)
		return err
	})
	return s, err
}

// exclusively keeps other goroutines and processes from putting packs into a
// cache, or taking some out, while f does.
func (d *folder) exclusively(f func() error) error {
	d.turn.Lock()
	defer d.turn.Unlock()
	lock, err := durable.Lock(context.Background(), filepath.Join(d.dir, lockFile), nil)
	if err != nil {
		return fmt.Errorf("locking the cache: %w", err)
	}
	defer lock.Unlock()
	return f()
}

// sweep removes folders that nobody works in any more, and packs that nobody can
// read any more, and returns how many bytes that freed.
func (d *folder) sweep() (freed int64, err error) {
	var found []*durable.Scratch
	err = d.exclusively(func() (err error) {
		found, err = durable.Abandoned(d.dir, scratchPrefix)
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
	names, err := os.ReadDir(d.dir)
	errs = append(errs, err)
	for _, name := range names {
		path := filepath.Join(d.dir, name.Name())
		switch info, err := name.Info(); {
		case isFirstFormat(name.Name()):
			n := usage(path)
			errs = append(errs, d.evict(path, func() bool { freed += n; return true }))
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
func (d *folder) evict(path string, useless func() bool) error {
	fail := func(err error) error { return fmt.Errorf("removing the pack %s: %w", path, err) }
	if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	t, err := d.newScratch()
	if err != nil {
		return fail(err)
	}
	defer func() { _ = t.Release() }() // the next sweep does what this cannot
	err = d.exclusively(func() error {
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
