package dir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// deltaName is how the file with a delta is called in a version's folder.
const deltaName = "rootfs.squashfs.vcdiff"

// CreateDelta implements store.Draft.
func (d *draft) CreateDelta(base image.Version) (store.Writer, error) {
	return d.create(image.Delta, deltaName, base.Serial)
}

// Open implements store.Draft.
func (d *draft) Open(kind string) (store.Content, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	w := d.writer(kind)
	if w == nil || d.over {
		return nil, fmt.Errorf("opening the %s of a draft: there is none", kind)
	}
	if _, err := w.result(); err != nil {
		return nil, fmt.Errorf("opening the %s of a draft: %w", kind, err)
	}
	return openContent(func() (*os.File, error) { return os.Open(filepath.Join(d.files, w.entry.Name)) })
}

// Remove implements store.Draft.
func (d *draft) Remove(of store.Writer) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	w, _ := of.(*writer)
	i := slices.Index(d.writers, w)
	if i < 0 || d.over {
		return errors.New("removing a file of a draft: it is none of its files")
	}
	w.abort()
	d.writers = slices.Delete(d.writers, i, i+1)
	return os.Remove(filepath.Join(d.files, w.entry.Name))
}
