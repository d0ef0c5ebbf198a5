package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Retire says that a version left the catalog at a time. Its files stay until
// Prune takes them away. A version that is retired already keeps its time.
//
// To replace a version, publish the new one first, write the streams, and
// retire the old one last: then neither a reader nor a crash finds a moment
// without a current version, and the grace period starts when it should.
func (s *Store) Retire(v Version, at time.Time) error {
	if err := v.check(); err != nil {
		return fmt.Errorf("retiring %.100s: %w", v.Name, err)
	}
	file := s.path(v.dir(), retiredFile)
	if _, err := os.Lstat(file); err == nil {
		return nil
	}
	data, err := json.Marshal(retirement{at.UTC()})
	if err == nil {
		err = s.replaceFile(file, append(data, '\n'))
	}
	if err != nil {
		return fmt.Errorf("retiring %s: %w", v.dir(), err)
	}
	return nil
}

// Prune removes the versions that were retired at least grace before now, and
// what crashed processes left in .tmp. It returns what it removed, also when it
// could not remove everything. Versions that streams/v1/images.json still names
// stay: a static web server offers that file.
func (s *Store) Prune(now time.Time, grace time.Duration) (removed []Version, err error) {
	versions, err := s.Versions()
	if err != nil {
		return nil, err
	}
	listed, err := os.ReadFile(s.path(streamsDir, "images.json"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("pruning the store: %w", err)
	}
	var errs []error
	for _, v := range versions {
		named := strings.Contains(string(listed), `"`+v.dir()+"/")
		if v.Retired == nil || v.Retired.Add(grace).After(now) || named {
			continue
		}
		if err := s.remove(v); err != nil {
			errs = append(errs, fmt.Errorf("pruning %s: %w", v.dir(), err))
			continue
		}
		removed = append(removed, v)
	}
	return removed, errors.Join(append(errs, s.sweep())...)
}

// remove takes a version away by one rename, so that no reader and no crash
// ever sees half of it, and then frees the disk.
func (s *Store) remove(v Version) error {
	tmp, err := s.scratch("pruned-")
	if err != nil {
		return err
	}
	return errors.Join(s.moveAway(v, tmp), s.release(tmp))
}

func (s *Store) moveAway(v Version, tmp string) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := os.Rename(s.path(v.dir()), filepath.Join(tmp, v.Serial)); err != nil {
		return err
	}
	if err := syncDir(s.path(v.product())); err != nil {
		return err
	}
	// Empty folders of products that are no more. Both fail, rightly, if there
	// is something in them.
	if os.Remove(s.path(v.product())) == nil {
		_ = os.Remove(s.path(imagesDir, v.Name))
	}
	return nil
}

// sweep empties .tmp, except for the drafts of this process. Other processes
// have none: they do not hold the lock.
func (s *Store) sweep() error {
	entries, err := os.ReadDir(s.path(tmpDir))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cleaning up: %w", err)
	}
	var errs []error
	for _, e := range entries {
		s.mu.Lock()
		used := s.drafts[e.Name()]
		s.mu.Unlock()
		if !used {
			errs = append(errs, os.RemoveAll(s.path(tmpDir, e.Name())))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("cleaning up: %w", err)
	}
	return nil
}
