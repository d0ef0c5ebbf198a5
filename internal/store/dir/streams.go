package dir

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"

	"lxdocker/internal/image"
	"lxdocker/internal/version"
)

// The files that static web servers serve.
const (
	imagesFile = "images.json"
	indexFile  = "index.json"
)

// UpdateStreams implements store.Store: it writes streams/v1. Nobody writes to the store
// meanwhile, so that an older index never replaces a newer one. Each file is put in place
// whole or not at all; an unchanged file is not written, so that its time and the caches of
// its readers stay valid.
func (s *Store) UpdateStreams(ctx context.Context, render func(map[image.Product]image.Packed) (index, images []byte, err error)) error {
	err := s.makeRoot()
	if err == nil {
		err = s.withLock(ctx, func() error { return s.updateStreams(ctx, render) })
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", s.path(streamsDir), err)
	}
	return nil
}

func (s *Store) updateStreams(ctx context.Context, render func(map[image.Product]image.Packed) (index, images []byte, err error)) error {
	if err := s.prepare(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	now, of := s.streamsNow(), s.state.snapshot
	done := s.state.indexed != nil && *s.state.indexed == now
	s.mu.Unlock()
	if done {
		return nil
	}
	index, images, err := render(maps.Collect(of.All()))
	if err != nil {
		return err
	}
	// images.json first: an index never names what is not there yet.
	for _, file := range []struct {
		name string
		data []byte
	}{{imagesFile, images}, {indexFile, index}} {
		if err := s.writeStream(file.name, file.data); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now = s.streamsNow()
	s.write(record{Indexed: &now})
	return nil
}

// streamsNow is what this program would have written the files that are there as.
func (s *Store) streamsNow() indexed {
	now := indexed{By: version.String()}
	for i, name := range []string{imagesFile, indexFile} {
		if f := lstat(s.path(streamsDir, name)); f.ino != 0 {
			now.Files[i] = [2]int64{int64(f.ino), f.mtime.Nano()}
		}
	}
	return now
}

func (s *Store) writeStream(name string, data []byte) error {
	file := s.path(streamsDir, name)
	if old, err := os.ReadFile(file); err == nil && bytes.Equal(old, data) {
		return nil
	}
	return s.commit(nil, func(*record) error {
		if _, err := s.makeDirs(streamsDir); err != nil {
			return err
		}
		return s.replaceFile(file, data)
	})
}
