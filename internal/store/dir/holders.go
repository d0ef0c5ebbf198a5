package dir

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// holders finds published files that are worth sharing, by the beginnings of their sums;
// callers compare the bytes. It is made from the first snapshot, and updated by every
// change.
type holders struct {
	at    *store.Snapshot
	sums  map[image.Product][]uint64
	paths map[uint64][]string // within the store
}

// equals lists where published files are, within the store, that should have the bytes of
// this one.
func (s *Store) equals(ctx context.Context, f image.File) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refresh(ctx); err != nil {
		return nil, err
	}
	s.holders.follow(s.state.snapshot)
	return slices.Clone(s.holders.paths[beginOf(f)]), nil
}

// follow brings the holders up to date.
func (h *holders) follow(now *store.Snapshot) {
	if h.at == nil {
		*h = holders{store.NewSnapshot(nil, nil), map[image.Product][]uint64{}, map[uint64][]string{}}
	}
	for _, p := range now.Changed(h.at) {
		h.forget(p)
		for _, v := range now.Product(p) {
			for _, f := range v.Files {
				if f.Size >= worthSharing {
					sum := beginOf(f)
					h.sums[p] = append(h.sums[p], sum)
					h.paths[sum] = append(h.paths[sum], v.Path(f))
				}
			}
		}
	}
	h.at = now
}

// forget forgets the files of a product.
func (h *holders) forget(p image.Product) {
	within := p.Dir() + "/"
	for _, sum := range h.sums[p] {
		if h.paths[sum] = slices.DeleteFunc(h.paths[sum], func(path string) bool { return strings.HasPrefix(path, within) }); len(h.paths[sum]) == 0 {
			delete(h.paths, sum)
		}
	}
	delete(h.sums, p)
}

// beginOf is the beginning of a file's sum.
func beginOf(f image.File) uint64 {
	n, _ := strconv.ParseUint(f.SHA256[:min(len(f.SHA256), 16)], 16, 64)
	return n
}
