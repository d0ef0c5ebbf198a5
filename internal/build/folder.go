package build

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"lxdocker/internal/lxdimage"
)

// folder collects the files of one image beside their final place.
type folder struct {
	dir, scratch string
	files        []hashed
}

func newFolder(dir string) (*folder, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("making the output folder: %w", err)
	}
	scratch, err := os.MkdirTemp(dir, ".lxdocker-")
	if err != nil {
		return nil, fmt.Errorf("making the output folder: %w", err)
	}
	return &folder{dir: dir, scratch: scratch}, nil
}

func (f *folder) Scratch() string { return f.scratch }

func (f *folder) Create(kind, name string) (io.WriteCloser, error) {
	image, err := f.hash()
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(f.scratch, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	h := hashed{file, kind, name, image}
	f.files = append(f.files, h)
	return h, nil
}

// hash is for the next file: it goes on where that of the metadata ended.
func (f *folder) hash() (hash.Hash, error) {
	if len(f.files) == 0 || f.files[0].kind != lxdimage.KindMetadata {
		return sha256.New(), nil
	}
	return f.files[0].image.(hash.Cloner).Clone()
}

// hashed writes a file, and makes it last.
type hashed struct {
	*os.File
	kind, name string
	image      hash.Hash // over the metadata, too
}

func (h hashed) Write(p []byte) (int, error) {
	h.image.Write(p)
	return h.File.Write(p)
}

func (h hashed) Close() error { return errors.Join(h.File.Sync(), h.File.Close()) }

func (f *folder) commit() ([]Converted, error) {
	var metadata []string
	var images []Converted
	for _, h := range f.files {
		to := filepath.Join(f.dir, h.name)
		if err := os.Rename(filepath.Join(f.scratch, h.name), to); err != nil {
			return nil, fmt.Errorf("putting %s in place: %w", to, err)
		}
		if h.kind == lxdimage.KindMetadata {
			metadata = []string{to}
			continue
		}
		images = append(images, Converted{append(metadata[:len(metadata):len(metadata)], to), hex.EncodeToString(h.image.Sum(nil))})
	}
	return images, nil
}

func (f *folder) discard() { os.RemoveAll(f.scratch) }

var _ lxdimage.Output = (*folder)(nil)
