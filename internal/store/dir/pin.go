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
func (s *Store) Pin(ctx context.Context, p image.Product, since *time.Time) error {
	doing, change := "unpinning", s.unpin
	if since != nil {
		doing, change = "pinning", func(p image.Product) error { return s.pin(p, *since) }
	}
	if !p.Valid() {
		return fmt.Errorf("%s %.100s for %.100s: there are no such images", doing, p.Name, p.Architecture)
	}
	err := s.change(ctx, []image.Product{p}, func(r *record) error {
		err := change(p)
		if err == nil {
			r.Pins = []pinned{{p, s.pinnedSince(p)}}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("%s %.100s for %.100s: %w", doing, p.Name, p.Architecture, err)
	}
	return nil
}

func (s *Store) pin(p image.Product, since time.Time) error {
	data, err := json.Marshal(pin{since.UTC()})
	if err != nil {
		return err
	}
	if _, err := os.Lstat(s.path(p.Dir())); err != nil {
		return err
	}
	file := s.path(p.Dir(), pinnedFile)
	if _, err := os.Lstat(file); err == nil {
		return nil
	}
	return s.replaceFile(file, append(data, '\n'))
}

func (s *Store) unpin(p image.Product) error {
	err := os.Remove(s.path(p.Dir(), pinnedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return errors.Join(err, durable.Sync(s.path(p.Dir())))
}
