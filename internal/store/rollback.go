package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"

	"lxdocker/internal/image"
)

// Rollback makes an older version of a product, listed or retired, the current
// one: it publishes its files once more, as a new version, since clients take
// the newest. They are verified before, and take no more room: the new version
// has links to them. A delta stays behind; it was for those who had what came
// before. Undone of the new version says what was taken back, so that the next
// run does not build it again.
//
// It is fs.ErrNotExist if the version is gone, and an error if clients get the
// same image already.
func (s *Store) Rollback(ctx context.Context, v image.Version) (image.Version, error) {
	fresh, err := s.rollback(ctx, v)
	if err != nil {
		return image.Version{}, fmt.Errorf("going back to %.100s %.100s: %w", v.Name, v.Serial, err)
	}
	return fresh, nil
}

func (s *Store) rollback(ctx context.Context, v image.Version) (image.Version, error) {
	if err := v.Check(); err != nil {
		return v, err
	}
	current, err := s.current(v)
	if err != nil {
		return v, err
	}
	if current.SameImage(v) {
		return v, fmt.Errorf("clients get this image already, as version %s", current.Serial)
	}
	d, err := s.Draft()
	if err != nil {
		return v, err
	}
	defer d.Discard()
	again := v
	again.Files = image.Without(v.Files, image.Delta)
	again.Undone = undone(current, v.Key)
	for _, f := range again.Files {
		if err := ctx.Err(); err != nil {
			return v, err
		}
		if err := duplicate(s.path(v.Path(f)), filepath.Join(d.files, f.Name)); err != nil {
			return v, fmt.Errorf("taking over %s: %w", f.Name, err)
		}
	}
	return d.republish(ctx, again)
}

// current is what clients get of v's product; nothing, if it is retired.
func (s *Store) current(v image.Version) (image.Version, error) {
	all, err := s.Versions()
	return image.Current(all)[v.Product()], err
}

// undone lists the keys that a rollback from current to the key back takes back.
func undone(current image.Version, back string) []string {
	keys := slices.Sorted(slices.Values(append([]string{current.Key}, current.Undone...)))
	return slices.DeleteFunc(slices.Compact(keys), func(k string) bool { return k == "" || k == back })
}

// republish publishes a draft whose files have been put there as v says.
func (d *Draft) republish(ctx context.Context, v image.Version) (image.Version, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v.Retired, v.Pinned = nil, nil
	open := func(f image.File) (*os.File, error) { return os.Open(filepath.Join(d.files, f.Name)) }
	for _, i := range v.Forms() {
		if err := errors.Join(verify(ctx, i, open, nil)...); err != nil {
			return v, err
		}
	}
	v, err := d.place(v, d.store.clock().UTC())
	if err != nil {
		return v, err
	}
	d.over = true
	_ = d.scratch.release()
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
