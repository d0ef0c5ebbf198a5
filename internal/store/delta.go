package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"lxdocker/internal/image"
)

// deltaName is how the file with a delta is called in a version's folder.
const deltaName = "rootfs.squashfs.vcdiff"

// CreateDelta makes the file that says how the draft's Squashfs is made from
// that of an older version.
func (d *Draft) CreateDelta(base image.Version) (*Writer, error) {
	w, err := d.Create(image.Delta, deltaName)
	if err == nil {
		w.base = base.Serial
	}
	return w, err
}

// Open opens a file of the draft that has been written and closed.
func (d *Draft) Open(kind string) (*os.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	w := d.writer(kind)
	if w == nil || d.over {
		return nil, fmt.Errorf("opening the %s of a draft: there is none", kind)
	}
	if _, err := w.result(); err != nil {
		return nil, fmt.Errorf("opening the %s of a draft: %w", kind, err)
	}
	return os.Open(filepath.Join(d.files, w.name))
}

// Remove takes a file back that is not worth having.
func (d *Draft) Remove(w *Writer) error {
	w.abort()
	d.mu.Lock()
	defer d.mu.Unlock()
	i := slices.Index(d.writers, w)
	if i < 0 || d.over {
		return errors.New("removing a file of a draft: it is none of its files")
	}
	d.writers = slices.Delete(d.writers, i, i+1)
	return os.Remove(filepath.Join(d.files, w.name))
}
