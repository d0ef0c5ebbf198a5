package dir

import (
	"fmt"
	"os"
	"path/filepath"

	"lxdocker/internal/durable"
	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// Outlet returns what makes a version without a store of images: whatever is published is
// written to a folder within folder, so on the same disk, and its files take the places of
// older ones of the same names when all of them are complete.
func Outlet(folder string, options ...Option) func(publish func(store.Store) (image.Version, error)) error {
	return func(publish func(store.Store) (image.Version, error)) error {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return fmt.Errorf("making the output folder: %w", err)
		}
		scratch, err := os.MkdirTemp(folder, ".lxdocker-")
		if err != nil {
			return fmt.Errorf("making the output folder: %w", err)
		}
		defer os.RemoveAll(scratch)
		s, err := Open(scratch, options...)
		if err != nil {
			return err
		}
		v, err := publish(s)
		if err != nil {
			return err
		}
		for _, f := range v.Files {
			to := filepath.Join(folder, f.Name)
			if err := durable.Rename(s.path(v.Path(f)), to); err != nil {
				return fmt.Errorf("putting %s in place: %w", to, err)
			}
		}
		return nil
	}
}
