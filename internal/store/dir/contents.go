package dir

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"lxdocker/internal/image"
)

// The note of what is in a version lies in its folder, and version.json does not name it:
// whatever becomes of it, the image is whole.

// WriteContents implements store.Draft.
func (d *draft) WriteContents(write func(io.Writer) error) (err error) {
	path := filepath.Join(d.files, contentsFile)
	defer func() {
		if err != nil {
			_ = os.Remove(path)
			err = fmt.Errorf("noting what is in an image: %w", err)
		}
	}()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(f, 64<<10)
	err = errors.Join(write(b), b.Flush())
	return errors.Join(err, finish(f))
}

// takeContents takes over the note of a version, if it has one.
func (d *draft) takeContents(from image.Version) {
	to := filepath.Join(d.files, contentsFile)
	err := duplicate(d.store.path(from.Dir(), contentsFile), to)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrExist) {
		_ = os.Remove(to) // it may be half there
		d.store.log.Info("cannot take over the note of what is in an image", "from", from.Dir(), "error", err)
	}
}

// noted is how many bytes the note has; 0 if there is none.
func (d *draft) noted() int64 {
	info, err := os.Lstat(filepath.Join(d.files, contentsFile))
	if err != nil {
		return 0
	}
	return info.Size()
}

// OpenContents implements store.Store.
func (s *Store) OpenContents(ctx context.Context, id image.ID) (io.ReadCloser, error) {
	fail := func(err error) error { return fmt.Errorf("reading what is in %s: %w", id.Dir(), err) }
	if !id.Valid() {
		return nil, fail(fs.ErrNotExist)
	}
	if err := ctx.Err(); err != nil {
		return nil, fail(err)
	}
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		return nil, fail(err)
	}
	defer root.Close()
	dir, err := root.OpenRoot(id.Dir())
	if err != nil {
		return nil, fail(err)
	}
	defer dir.Close()
	if _, err := regular(dir, contentsFile); err != nil {
		return nil, fail(err)
	}
	f, err := dir.Open(contentsFile)
	if err != nil {
		return nil, fail(err)
	}
	return f, nil
}
