package dir

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"lxdocker/internal/durable"
	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// draft implements store.Draft.
type draft struct {
	store   *Store
	scratch *durable.Scratch // .tmp/draft-…
	files   string           // .tmp/draft-…/version: becomes the version's folder

	mu      sync.Mutex
	writers []*writer
	over    bool // published or discarded
}

// Draft implements store.Store.
func (s *Store) Draft(ctx context.Context) (store.Draft, error) {
	d, err := s.draft(ctx)
	if err != nil {
		return nil, err
	}
	return d, nil
}

func (s *Store) draft(ctx context.Context) (*draft, error) {
	c, err := s.scratch(ctx, "draft-")
	if err != nil {
		return nil, fmt.Errorf("beginning a version: %w", err)
	}
	d := &draft{store: s, scratch: c, files: filepath.Join(c.Dir, "version")}
	if err := errors.Join(os.Mkdir(d.files, 0o755), os.Chmod(d.files, 0o755)); err != nil {
		d.Discard()
		return nil, fmt.Errorf("beginning a version: %w", err)
	}
	return d, nil
}

// Create implements store.Draft. When the metadata is closed before the squashfs or
// the tarball is created, that image's fingerprint is computed on the way and nothing
// is read again.
func (d *draft) Create(kind, name string) (store.Writer, error) {
	return d.create(kind, name, "")
}

func (d *draft) create(kind, name, base string) (store.Writer, error) {
	w, err := d.add(kind, name, base, func(path string) (*os.File, error) {
		return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	})
	if err != nil {
		return nil, fmt.Errorf("creating %s: %w", name, err)
	}
	return w, nil
}

func (d *draft) add(kind, name, base string, open func(path string) (*os.File, error)) (*writer, error) {
	if !image.ValidFileName(name) {
		return nil, fmt.Errorf("%.100q cannot be the name of a file of an image", name)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.over {
		return nil, errors.New("the draft is published or discarded")
	}
	f, err := open(filepath.Join(d.files, name))
	if err != nil {
		return nil, err
	}
	w := newWriter(f, image.File{Kind: kind, Name: name, Base: base})
	if m := d.writer(image.Metadata); m != nil && (kind == image.Squashfs || kind == image.Tarball) {
		w.follow(m)
	}
	d.writers = append(d.writers, w)
	return w, nil
}

func (d *draft) writer(kind string) *writer {
	for _, w := range d.writers {
		if w.entry.Kind == kind {
			return w
		}
	}
	return nil
}

// finished returns the files, in the order in which fingerprints take them,
// once all are written.
func (d *draft) finished() ([]image.File, error) {
	var files []image.File
	for _, w := range d.writers {
		f, err := w.result()
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b image.File) int { return strings.Compare(a.Kind, b.Kind) })
	return files, image.CheckFiles(files)
}

// Discard implements store.Draft.
func (d *draft) Discard() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.over {
		return
	}
	d.over = true
	for _, w := range d.writers {
		w.abort()
	}
	_ = d.scratch.Release() // what stays is removed by the next Prune
}
