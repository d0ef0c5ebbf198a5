package dir

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"lxdocker/internal/durable"
	"lxdocker/internal/image"
)

// pin is pinned.json.
type pin struct {
	At time.Time `json:"at"`
}

// Pin implements store.Store.
func (s *Store) Pin(ctx context.Context, p image.Product, at time.Time) error {
	data, err := json.Marshal(pin{at.UTC()})
	if err == nil {
		err = s.pinning(ctx, p, func(file string) error {
			if _, err := os.Lstat(s.path(p.Dir())); err != nil {
				return err
			}
			if _, err := os.Lstat(file); err == nil {
				return nil
			}
			return s.replaceFile(file, append(data, '\n'))
		})
	}
	if err != nil {
		return fmt.Errorf("pinning %.100s for %.100s: %w", p.Name, p.Architecture, err)
	}
	return nil
}

// Unpin implements store.Store.
func (s *Store) Unpin(ctx context.Context, p image.Product) error {
	err := s.pinning(ctx, p, func(file string) error {
		err := os.Remove(file)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return errors.Join(err, durable.SyncDir(s.path(p.Dir())))
	})
	if err != nil {
		return fmt.Errorf("unpinning %.100s for %.100s: %w", p.Name, p.Architecture, err)
	}
	return nil
}

// pinning runs f with the file of a product's pin, and notes what is so then.
func (s *Store) pinning(ctx context.Context, p image.Product, f func(file string) error) error {
	if !p.Valid() {
		return errors.New("there are no such images")
	}
	return s.change(ctx, []image.Product{p}, func(r *record) error {
		err := f(s.path(p.Dir(), pinnedFile))
		if err == nil {
			r.Pins = []pinned{{p, s.pinnedSince(p)}}
		}
		return err
	})
}
