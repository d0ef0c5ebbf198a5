package dir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// heldFile is the file of a scratch folder that its owner has locked. It is a
// file because NFS locks no folders.
const heldFile = ".held"

// scratch is a folder in .tmp. Nobody else removes it while its owner lives.
type scratch struct {
	dir  string
	held *os.File // nil: it had no owner any more when it was found
}

// scratch makes a folder in .tmp.
func (s *Store) scratch(ctx context.Context, prefix string) (c *scratch, err error) {
	if err := s.makeRoot(); err != nil {
		return nil, err
	}
	err = s.alone(ctx, func() error {
		c, err = s.scratchAlone(prefix)
		return err
	})
	return c, err
}

// scratchAlone makes a folder in .tmp. It has to run alone: nobody may sweep
// between the making of the folder and its lock.
func (s *Store) scratchAlone(prefix string) (*scratch, error) {
	tmp, err := s.makeDirs(tmpDir)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(tmp, prefix)
	if err != nil {
		return nil, err
	}
	held, err := os.OpenFile(filepath.Join(dir, heldFile), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	c := &scratch{dir, held}
	if err := flock(held, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(err, c.release())
	}
	return c, nil
}

// release removes the folder.
func (c *scratch) release() error {
	err := os.RemoveAll(c.dir)
	if c.held != nil {
		_ = c.held.Close()
	}
	return err
}

// abandoned lists what is in .tmp and has no owner any more, and takes hold of
// it. It has to run alone; releasing what it found need not.
func (s *Store) abandoned() (found []*scratch, err error) {
	entries, err := os.ReadDir(s.path(tmpDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var errs []error
	for _, e := range entries {
		c, err := take(s.path(tmpDir, e.Name()))
		if err != nil {
			errs = append(errs, fmt.Errorf("cleaning up: %w", err))
		} else if c != nil {
			found = append(found, c)
		}
	}
	return found, errors.Join(append(errs, err)...)
}

// take takes hold of a scratch folder, unless somebody has it.
func take(dir string) (*scratch, error) {
	held, err := os.OpenFile(filepath.Join(dir, heldFile), os.O_RDWR, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENOTDIR):
		// Its owner is removing it, or died while it did or when it had just
		// made it; or it is a file, which nobody uses longer than he is alone.
		return &scratch{dir: dir}, nil
	case err != nil:
		return nil, err
	}
	if err := flock(held, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = held.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, nil
		}
		return nil, err
	}
	return &scratch{dir, held}, nil
}
