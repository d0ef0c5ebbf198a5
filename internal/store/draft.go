package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"lxdocker/internal/image"
)

// Draft is a version in the making. Nobody sees it until it is published.
type Draft struct {
	store   *Store
	scratch *scratch // .tmp/draft-…
	files   string   // .tmp/draft-…/version: becomes the version's folder

	mu      sync.Mutex
	writers []*Writer
	over    bool // published or discarded
}

// Draft begins a version. It belongs to this process: what a dead one has begun
// goes with the next Prune of anybody.
func (s *Store) Draft() (*Draft, error) {
	c, err := s.scratch("draft-")
	if err != nil {
		return nil, fmt.Errorf("beginning a version: %w", err)
	}
	d := &Draft{store: s, scratch: c, files: filepath.Join(c.dir, "version")}
	if err := errors.Join(os.Mkdir(d.files, 0o755), os.Chmod(d.files, 0o755)); err != nil {
		d.Discard()
		return nil, fmt.Errorf("beginning a version: %w", err)
	}
	return d, nil
}

// Dir is a folder for files that are needed until the draft is published or
// discarded, on the disk where the version will be.
func (d *Draft) Dir() string { return d.scratch.dir }

// Create makes a file of the version. It counts when it has been closed
// without an error. Several files may be written at the same time; when the
// metadata is closed before the squashfs or the tarball is created, that image's
// fingerprint is computed on the way and nothing is read again.
func (d *Draft) Create(kind, name string) (*Writer, error) {
	if !image.ValidFileName(name) {
		return nil, fmt.Errorf("%.100q cannot be the name of a file of an image", name)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.over {
		return nil, fmt.Errorf("creating %s: the draft is published or discarded", name)
	}
	f, err := os.OpenFile(filepath.Join(d.files, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, fmt.Errorf("creating %s: %w", name, err)
	}
	w := newWriter(f, kind, name)
	if m := d.writer(image.Metadata); m != nil && (kind == image.Squashfs || kind == image.Tarball) {
		w.follow(m)
	}
	d.writers = append(d.writers, w)
	return w, nil
}

func (d *Draft) writer(kind string) *Writer {
	for _, w := range d.writers {
		if w.kind == kind {
			return w
		}
	}
	return nil
}

// finished returns the files, in the order in which fingerprints take them,
// once all are written.
func (d *Draft) finished() ([]image.File, error) {
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

// Discard throws the draft away. After Publish it does nothing, so that it can
// always be deferred.
func (d *Draft) Discard() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.over {
		return
	}
	d.over = true
	for _, w := range d.writers {
		w.abort()
	}
	_ = d.scratch.release() // what stays is removed by the next Prune
}
