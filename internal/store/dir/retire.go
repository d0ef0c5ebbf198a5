package dir

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"lxdocker/internal/image"
)

// Retire implements store.Store.
func (s *Store) Retire(ctx context.Context, at time.Time, versions ...image.Version) error {
	var of []image.Product
	for _, v := range versions {
		if err := v.Check(); err != nil {
			return fmt.Errorf("retiring %.100s: %w", v.Name, err)
		}
		if p := v.Product(); !slices.Contains(of, p) || len(of) > 100 {
			of = append(of, p)
		}
	}
	if len(versions) == 0 {
		return nil
	}
	data, err := json.Marshal(retirement{At: at.UTC()})
	if err != nil {
		return fmt.Errorf("retiring versions: %w", err)
	}
	return s.change(ctx, of, func(r *record) error {
		for _, v := range versions {
			if err := s.retire(v, append(data, '\n'), r); err != nil {
				return fmt.Errorf("retiring %s: %w", v.Dir(), err)
			}
		}
		return nil
	})
}

// retire retires one version, and notes what is so then.
func (s *Store) retire(v image.Version, data []byte, r *record) error {
	if _, err := os.Lstat(s.path(v.Dir())); errors.Is(err, fs.ErrNotExist) {
		r.Gone = append(r.Gone, v.ID())
		return nil
	}
	file := s.path(v.Dir(), retiredFile)
	if _, err := os.Lstat(file); err != nil {
		if err := s.replaceFile(file, data); err != nil {
			return err
		}
	}
	at, err := s.retiredSince(v.ID())
	if err != nil {
		r.Faults = append(r.Faults, fault{v.ID(), err.Error()})
		return nil
	}
	if r.Retired == nil {
		r.Retired = map[string]time.Time{}
	}
	r.Retired[v.Dir()] = at
	return nil
}

// retiredSince reads when a version was retired, which it was.
func (s *Store) retiredSince(id image.ID) (time.Time, error) {
	root, err := os.OpenRoot(s.path(id.Dir()))
	if err != nil {
		return time.Time{}, err
	}
	defer root.Close()
	at, err := readRetired(root)
	if err != nil || at == nil {
		return time.Time{}, errors.Join(errors.New("it is not retired"), err)
	}
	return *at, nil
}
