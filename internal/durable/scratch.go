package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// heldFile is the file of a scratch folder that its owner has locked.
const heldFile = ".held"

// Scratch is a folder in the making. Nobody else removes it while its owner lives.
type Scratch struct {
	Dir  string
	held *FileLock // nil: it had no owner any more when it was found
}

// NewScratch makes a folder in parent whose name begins with prefix. The caller and
// those who call Abandoned keep each other out by a lock: between the making of the
// folder and its own lock it looks as if it had no owner.
func NewScratch(parent, prefix string) (*Scratch, error) {
	dir, err := os.MkdirTemp(parent, prefix)
	if err != nil {
		return nil, err
	}
	held, err := TryLock(filepath.Join(dir, heldFile))
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return &Scratch{dir, held}, nil
}

// Release removes the folder.
func (s *Scratch) Release() error {
	err := os.RemoveAll(s.Dir)
	if s.held != nil {
		s.held.Unlock()
	}
	return err
}

// Abandoned takes hold of what is in parent under names with the prefix, and has no
// owner any more: folders of dead processes, and files. See NewScratch for the lock
// that it needs; releasing what it found needs none.
func Abandoned(parent, prefix string) (found []*Scratch, err error) {
	entries, err := os.ReadDir(parent)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	errs := []error{err}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), prefix) {
			continue
		}
		s, err := take(filepath.Join(parent, e.Name()))
		if err != nil {
			errs = append(errs, fmt.Errorf("cleaning up: %w", err))
		} else if s != nil {
			found = append(found, s)
		}
	}
	return found, errors.Join(errs...)
}

// take takes hold of a scratch folder, unless somebody has it.
func take(dir string) (*Scratch, error) {
	f, err := os.OpenFile(filepath.Join(dir, heldFile), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR) {
		// Its owner is removing it, or died while it did or when it had just
		// made it; or it is a file, which nobody uses longer than the lock lasts.
		return &Scratch{Dir: dir}, nil
	}
	if err != nil {
		return nil, err
	}
	held, err := hold(f, unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, ErrLocked) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &Scratch{dir, held}, nil
}
