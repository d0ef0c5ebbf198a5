package layer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Collect removes the packs that keep does not want, and what crashed runs left
// behind. It returns how many bytes of disk that freed. Packs that are open stay
// readable, and one that is being made just now is not touched.
func (c *Cache) Collect(keep func(digest string) bool) (freed int64, err error) {
	names, err := os.ReadDir(c.dir)
	if err != nil {
		return 0, fmt.Errorf("collecting unused layers: %w", err)
	}
	var errs []error
	for _, name := range names {
		digest := "sha256:" + name.Name()
		if _, err := parseSum(digest); err != nil || keep(digest) {
			continue
		}
		path := filepath.Join(c.dir, name.Name())
		n := usage(path)
		if err := evict(path, func() bool { return true }); err != nil {
			errs = append(errs, err)
		} else {
			freed += n
		}
	}
	swept, err := sweep(c.dir)
	if err := errors.Join(append(errs, err)...); err != nil {
		return freed + swept, fmt.Errorf("collecting unused layers: %w", err)
	}
	return freed + swept, nil
}

// usage is how many bytes of disk the files in a folder take; holes take none.
func usage(dir string) int64 {
	var n int64
	filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if info, err := d.Info(); err == nil {
			if st, ok := info.Sys().(*syscall.Stat_t); ok {
				n += st.Blocks * 512
			}
		}
		return nil
	})
	return n
}
