package dir

import (
	"context"
	"encoding/hex"
	"fmt"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// sum is a SHA-256.
type sum [32]byte

// holders are where the published files are that are worth sharing, by their sums. It is
// made of the first snapshot, and kept up by what changes.
type holders struct {
	at    *store.Snapshot
	files map[image.Product]map[string]sum // by their paths within the store
	paths map[sum]map[string]bool
}

// equals lists where published files are, within the store, that should have the bytes of
// this one.
func (s *Store) equals(ctx context.Context, f image.File) (paths []string, err error) {
	want, ok := parseSum(f.SHA256)
	if !ok {
		return nil, fmt.Errorf("the sum of %s is none", f.Name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refresh(ctx); err != nil {
		return nil, err
	}
	s.holders.follow(s.state.snapshot)
	for path := range s.holders.paths[want] {
		paths = append(paths, path)
	}
	return paths, nil
}

// follow brings the holders up to date.
func (h *holders) follow(now *store.Snapshot) {
	if h.at == nil {
		h.at = store.NewSnapshot(nil, nil)
		h.files, h.paths = map[image.Product]map[string]sum{}, map[sum]map[string]bool{}
	}
	for _, p := range now.Changed(h.at) {
		for path, of := range h.files[p] {
			if delete(h.paths[of], path); len(h.paths[of]) == 0 {
				delete(h.paths, of)
			}
		}
		delete(h.files, p)
		for _, v := range now.Product(p) {
			for _, f := range v.Files {
				if of, ok := parseSum(f.SHA256); ok && f.Size >= worthSharing {
					h.add(p, v.Path(f), of)
				}
			}
		}
	}
	h.at = now
}

func (h *holders) add(p image.Product, path string, of sum) {
	if h.files[p] == nil {
		h.files[p] = map[string]sum{}
	}
	if h.paths[of] == nil {
		h.paths[of] = map[string]bool{}
	}
	h.files[p][path], h.paths[of][path] = of, true
}

func parseSum(text string) (s sum, ok bool) {
	n, err := hex.Decode(s[:], []byte(text[:min(len(text), hex.EncodedLen(len(s)))]))
	return s, err == nil && n == len(s)
}
