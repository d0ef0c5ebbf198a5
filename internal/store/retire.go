package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"lxdocker/internal/image"
)

// Retire says that a version left the catalog at a time. Its files stay until
// Prune takes them away. A version that is retired already keeps its time, and
// one that is gone stays gone: another process may have been faster.
//
// To replace a version, publish the new one first, write the streams, and
// retire the old one last: then neither a reader nor a crash finds a moment
// without a current version, and the grace period starts when it should.
func (s *Store) Retire(v image.Version, at time.Time) error {
	if err := v.Check(); err != nil {
		return fmt.Errorf("retiring %.100s: %w", v.Name, err)
	}
	data, err := json.Marshal(retirement{at.UTC()})
	if err == nil {
		err = s.alone(func() error { return s.retire(v, append(data, '\n')) })
	}
	if err != nil {
		return fmt.Errorf("retiring %s: %w", v.Dir(), err)
	}
	return nil
}

func (s *Store) retire(v image.Version, data []byte) error {
	if _, err := os.Lstat(s.path(v.Dir())); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	file := s.path(v.Dir(), retiredFile)
	if _, err := os.Lstat(file); err == nil {
		return nil
	}
	return s.replaceFile(file, data)
}
