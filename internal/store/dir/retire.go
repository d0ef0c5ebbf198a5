package dir

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"lxdocker/internal/image"
)

// Retire implements store.Store.
func (s *Store) Retire(ctx context.Context, at time.Time, versions ...image.Version) error {
	for _, v := range versions {
		if err := v.Check(); err != nil {
			return fmt.Errorf("retiring %.100s: %w", v.Name, err)
		}
	}
	data, err := json.Marshal(retirement{at.UTC()})
	if err != nil {
		return fmt.Errorf("retiring versions: %w", err)
	}
	return s.alone(ctx, func() error {
		for _, v := range versions {
			if err := s.retire(v, append(data, '\n')); err != nil {
				return fmt.Errorf("retiring %s: %w", v.Dir(), err)
			}
		}
		return nil
	})
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
