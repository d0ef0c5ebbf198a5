package store

import (
	"bytes"
	"fmt"
	"os"
)

// WriteStreams puts streams/v1/NAME in place, whole or not at all, for static
// web servers. A file that says the same already is left alone, so that its
// time and the caches of its readers stay.
func (s *Store) WriteStreams(name string, data []byte) error {
	if !validFileName(name) {
		return fmt.Errorf("writing streams: %.100q cannot be the name of a file", name)
	}
	dir, err := s.makeDirs(streamsDir)
	if err != nil {
		return fmt.Errorf("writing streams: %w", err)
	}
	file := s.path(streamsDir, name)
	if old, err := os.ReadFile(file); err == nil && bytes.Equal(old, data) {
		return nil
	}
	if err := s.replaceFile(file, data); err != nil {
		return fmt.Errorf("writing %s/%s: %w", dir, name, err)
	}
	return nil
}
