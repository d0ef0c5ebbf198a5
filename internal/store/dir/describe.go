package dir

import (
	"context"
	"fmt"
	"os"

	"lxdocker/internal/image"
)

// Describe implements store.Store.
func (s *Store) Describe(ctx context.Context, id image.ID) (image.Version, error) {
	if err := ctx.Err(); err != nil {
		return image.Version{}, err
	}
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		return image.Version{}, err
	}
	defer root.Close()
	v, err := readAll(root, id)
	if err != nil {
		return v, fmt.Errorf("reading what %s runs: %w", id.Dir(), goneOr(root, id, err))
	}
	return v, nil
}
