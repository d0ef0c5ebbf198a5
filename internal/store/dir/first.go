package dir

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"regexp"
)

// The first lxdocker had one file for each image, NAME-SHA256.rootfs, and NAME.meta
// beside it, which said in YAML what it was made from.
var (
	firstRootfs = regexp.MustCompile(`^.+-[0-9a-f]{64}\.rootfs$|^.+\.rootfs\.tmp$`)
	firstMeta   = regexp.MustCompile(`^.+\.meta[0-9]*$`)
)

// Leftovers implements admin.Inheritor: how many files the first lxdocker left in the
// folder, beside what this one keeps there. Nothing reads them any more.
func (s *Store) Leftovers() (files int, bytes int64, err error) {
	found, bytes, err := s.leftovers()
	return len(found), bytes, err
}

// leftovers lists them, as paths.
func (s *Store) leftovers() (found []string, bytes int64, err error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, 0, fmt.Errorf("looking for files of the first lxdocker: %w", err)
	}
	for _, e := range entries {
		path := s.path(e.Name())
		if !e.Type().IsRegular() || !firstRootfs.MatchString(e.Name()) && !(firstMeta.MatchString(e.Name()) && isFirstMeta(path)) {
			continue
		}
		if info, err := e.Info(); err == nil {
			found, bytes = append(found, path), bytes+info.Size()
		}
	}
	return found, bytes, nil
}

// isFirstMeta knows the files by what they say: others may have the ending, too.
func isFirstMeta(path string) bool {
	info, err := os.Stat(path)
	if err != nil || info.Size() > most {
		return false
	}
	text, err := os.ReadFile(path)
	return err == nil && bytes.Contains(text, []byte("lxdimagedigest:")) && bytes.Contains(text, []byte("filename:"))
}

// RemoveLeftovers implements admin.Inheritor.
func (s *Store) RemoveLeftovers() error {
	found, _, err := s.leftovers()
	errs := []error{err}
	for _, file := range found {
		if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("removing files of the first lxdocker: %w", err)
	}
	return nil
}
