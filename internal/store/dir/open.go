package dir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// OpenFile implements store.Store.
func (s *Store) OpenFile(ctx context.Context, path string) (*store.Published, error) {
	id, name, ok := image.ParsePath(path)
	if !ok {
		return nil, fmt.Errorf("opening %.200q: %w", path, fs.ErrNotExist)
	}
	err := ctx.Err()
	if err == nil {
		var p *store.Published
		if p, err = s.open(ctx, id, name); err == nil {
			return p, nil
		}
	}
	return nil, fmt.Errorf("opening %s: %w", path, err)
}

// open opens a file of a version. It is fs.ErrNotExist if there is no such version,
// or no such file in it.
func (s *Store) open(ctx context.Context, id image.ID, name string) (*store.Published, error) {
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	v, err := s.load(root, id)
	if err != nil {
		err = goneOr(root, id, err)
	}
	s.compare(ctx, id, v, err)
	if err != nil {
		return nil, err
	}
	for _, f := range v.Files {
		if f.Name != name {
			continue
		}
		c, err := openContent(func() (*os.File, error) { return root.Open(v.Path(f)) })
		if err == nil && c.Size() != f.Size {
			err = errors.Join(errors.New("it changed while it was opened"), c.Close())
		}
		if err != nil {
			return nil, goneOr(root, id, err)
		}
		return &store.Published{Content: c, Version: v, Entry: f}, nil
	}
	return nil, fs.ErrNotExist
}

// goneOr is fs.ErrNotExist if a version that could not be read is not there (any
// more): another process may have pruned it meanwhile.
func goneOr(root *os.Root, id image.ID, err error) error {
	if _, e := root.Lstat(id.Dir()); errors.Is(e, fs.ErrNotExist) {
		return fs.ErrNotExist
	}
	return err
}

// openFile implements store.Content.
type openFile struct {
	*os.File
	size int64
}

func (c openFile) Size() int64 { return c.size }

// Forget implements store.Forgetter.
func (c openFile) Forget() { _ = unix.Fadvise(int(c.Fd()), 0, 0, unix.FADV_DONTNEED) }

// Identity implements store.Identified.
func (c openFile) Identity() any {
	var st unix.Stat_t
	if err := unix.Fstat(int(c.Fd()), &st); err != nil {
		return nil
	}
	return [2]uint64{uint64(st.Dev), st.Ino} //nolint:unconvert // of another type elsewhere
}

func openContent(open func() (*os.File, error)) (store.Content, error) {
	f, err := open()
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a regular file")
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return openFile{f, info.Size()}, nil
}
