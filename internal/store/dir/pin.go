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

// pin is pinned.json.
type pin struct {
	At time.Time `json:"at"`
}

// Pin implements store.Store.
func (s *Store) Pin(ctx context.Context, p image.Product, at time.Time) error {
	data, err := json.Marshal(pin{at.UTC()})
	if err == nil {
		err = s.pinning(ctx, p, func(dir, file string) error {
			if _, err := os.Lstat(dir); err != nil {
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
	err := s.pinning(ctx, p, func(dir, file string) error {
		err := os.Remove(file)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return errors.Join(err, syncDir(dir))
	})
	if err != nil {
		return fmt.Errorf("unpinning %.100s for %.100s: %w", p.Name, p.Architecture, err)
	}
	return nil
}

// pinning runs f alone, with the folder of a product and the file of its pin.
func (s *Store) pinning(ctx context.Context, p image.Product, f func(dir, file string) error) error {
	if !p.Valid() {
		return errors.New("there are no such images")
	}
	return s.alone(ctx, func() error { return f(s.path(p.Dir()), s.path(p.Dir(), pinnedFile)) })
}

// markPinned fills in Pinned. The versions are sorted.
func (s *Store) markPinned(versions []image.Version) {
	for i, v := range versions {
		if i > 0 && versions[i-1].Product() == v.Product() {
			versions[i].Pinned = versions[i-1].Pinned
			continue
		}
		versions[i].Pinned = s.pinnedSince(v.Product().Dir())
	}
}

// pinnedSince is when a product was pinned, or nil. A file that says nothing
// sensible pins, too: it was not made to have no effect.
func (s *Store) pinnedSince(product string) *time.Time {
	info, err := os.Lstat(s.path(product, pinnedFile))
	if err != nil {
		return nil
	}
	p := pin{At: info.ModTime().UTC()}
	if info.Mode().IsRegular() && info.Size() <= most {
		if data, err := os.ReadFile(s.path(product, pinnedFile)); err == nil {
			_ = json.Unmarshal(data, &p)
		}
	}
	return &p.At
}
