package dir

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"lxdocker/internal/durable"
)

// The record of package runs. Only its owner may read it: errors name paths and hosts that
// are nothing for others, and a web server may serve the folder.

// mostOfRuns is how many bytes a record has at most; one of ours has far fewer.
const mostOfRuns = 4 << 20

// ReadRecord implements runs.Keeper.
func (s *Store) ReadRecord() ([]byte, error) {
	f, err := os.OpenInRoot(s.dir, runsFile)
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("reading %s, which belongs to user %d: %w", s.path(runsFile), ownerOf(s.path(runsFile)), fs.ErrPermission)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, mostOfRuns)) // what is cut off is damaged
}

func ownerOf(path string) uint32 {
	var st unix.Stat_t
	_ = unix.Lstat(path, &st)
	return st.Uid
}

// ChangeRecord implements runs.Keeper.
func (s *Store) ChangeRecord(ctx context.Context, change func(old []byte) (fresh []byte, damaged, err error)) error {
	if err := s.makeRoot(); err != nil {
		return err
	}
	return s.withLock(ctx, func() error {
		old, err := s.ReadRecord()
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		fresh, damaged, err := change(old)
		if err != nil {
			return err
		}
		if damaged != nil {
			aside := s.path(runsFile + ".damaged")
			s.log.Warn("the record of runs is damaged, and is set aside: no image is lost by that", "as", aside, "error", damaged)
			if err := durable.Rename(s.path(runsFile), aside); err != nil {
				return fmt.Errorf("setting the record of runs aside: %w", err)
			}
		}
		tmp, err := s.makeDirs(tmpDir)
		if err != nil {
			return err
		}
		return durable.WriteFileVia(filepath.Join(tmp, "file"), s.path(runsFile), fresh, 0o600)
	})
}

// Mark implements runs.Keeper. Marks are bytes of the file in which products have theirs.
func (s *Store) Mark(mark int64) (release func(), err error) {
	if err := s.makeRoot(); err != nil {
		return nil, err
	}
	lock, err := durable.TryLockByte(s.path(makingFile), mark)
	if err != nil {
		return nil, fmt.Errorf("marking in %s: %w", s.path(makingFile), err)
	}
	return lock.Unlock, nil
}

// Marked implements runs.Keeper.
func (s *Store) Marked(mark int64) (bool, error) { return durable.LockedByte(s.path(makingFile), mark) }
