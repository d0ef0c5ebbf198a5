package dir

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"lxdocker/internal/image"
)

// Republish implements store.Store. The files take no more room: the new version
// has links to them.
func (s *Store) Republish(ctx context.Context, v image.Version) (image.Version, error) {
	fresh, err := s.republish(ctx, v)
	if err != nil {
		return image.Version{}, fmt.Errorf("publishing %.100s %.100s once more: %w", v.Name, v.Serial, err)
	}
	return fresh, nil
}

func (s *Store) republish(ctx context.Context, v image.Version) (image.Version, error) {
	if err := v.Check(); err != nil {
		return v, err
	}
	d, err := s.draft(ctx)
	if err != nil {
		return v, err
	}
	defer d.Discard()
	for _, f := range v.Files {
		p, err := s.open(ctx, v.ID(), f.Name)
		if err != nil {
			return v, err
		}
		_ = p.Close() // that it is there, and has the right size, was the question
		if p.Entry != f {
			return v, fmt.Errorf("the published %s is another", f.Name)
		}
		if err := duplicate(s.path(v.Path(f)), filepath.Join(d.files, f.Name)); err != nil {
			return v, fmt.Errorf("taking over %s: %w", f.Name, err)
		}
	}
	now := s.clock().UTC()
	v.Retired, v.Pinned, v.Created = nil, nil, now.Truncate(time.Second)
	d.mu.Lock()
	defer d.mu.Unlock()
	if v, err = d.place(ctx, v, now); err != nil {
		return v, err
	}
	d.over = true
	_ = d.scratch.Release()
	return v, nil
}

// noLinks is how file systems say that they have no hard links, or the kernel
// that somebody else's file gets none (fs.protected_hardlinks).
var noLinks = []error{unix.EPERM, unix.EMLINK, unix.EOPNOTSUPP, unix.ENOSYS, unix.EXDEV}

// duplicate makes a file that has the bytes of another and does not lose them
// when that one goes.
func duplicate(from, to string) error {
	err := os.Link(from, to)
	if err == nil || !slices.ContainsFunc(noLinks, func(e error) bool { return errors.Is(err, e) }) {
		return err
	}
	return duplicateBytes(from, to)
}

func duplicateBytes(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	// Where the file system can, this shares the blocks (copy_file_range).
	_, err = io.Copy(out, in)
	return errors.Join(err, finish(out))
}
