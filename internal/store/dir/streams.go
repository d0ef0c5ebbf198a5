package dir

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"lxdocker/internal/image"
)

// The files that static web servers serve.
const (
	imagesFile = "images.json"
	indexFile  = "index.json"
)

// UpdateStreams implements store.Store: it writes streams/v1. Nobody writes to the
// store meanwhile, so that an older index never takes the place of a newer one.
// Each file is put in place whole or not at all; one that says the same already is
// left alone, so that its time and the caches of its readers stay.
func (s *Store) UpdateStreams(ctx context.Context, render func([]image.Version) (index, images []byte, err error)) error {
	err := s.makeRoot()
	if err == nil {
		err = s.alone(ctx, func() error { return s.updateStreams(ctx, render) })
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", s.path(streamsDir), err)
	}
	return nil
}

func (s *Store) updateStreams(ctx context.Context, render func([]image.Version) (index, images []byte, err error)) error {
	now, err := s.Versions(ctx)
	if err != nil {
		return err
	}
	index, images, err := render(now.List())
	if err != nil {
		return err
	}
	if _, err := s.makeDirs(streamsDir); err != nil {
		return err
	}
	// images.json first: an index never names what is not there yet.
	if err := s.writeStream(imagesFile, images); err != nil {
		return err
	}
	return s.writeStream(indexFile, index)
}

func (s *Store) writeStream(name string, data []byte) error {
	file := s.path(streamsDir, name)
	if old, err := os.ReadFile(file); err == nil && bytes.Equal(old, data) {
		return nil
	}
	return s.replaceFile(file, data)
}

// listed is images.json, or nothing if there is none.
func (s *Store) listed() ([]byte, error) {
	data, err := os.ReadFile(s.path(streamsDir, imagesFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return data, err
}
