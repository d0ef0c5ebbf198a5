package dir

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// Take implements store.Draft.
func (d *draft) Take(ctx context.Context, from image.Version, kind string) error {
	if err := d.take(ctx, from, kind); err != nil {
		return fmt.Errorf("taking over the %s of %s: %w", kind, from.Dir(), err)
	}
	return nil
}

func (d *draft) take(ctx context.Context, from image.Version, kind string) error {
	f, ok := from.File(kind)
	if !ok {
		return errors.New("there is none")
	}
	published, err := d.store.open(ctx, from.ID(), f.Name)
	if err != nil {
		return err
	}
	_ = published.Close() // that it is there was the question
	if published.Entry != f {
		return fmt.Errorf("the published %s is another", f.Name)
	}
	w, err := d.add(kind, f.Name, f.Base, func(path string) (*os.File, error) {
		if err := duplicate(d.store.path(from.Path(f)), path); err != nil {
			return nil, err
		}
		return os.Open(path)
	})
	if err != nil {
		return err
	}
	if err := w.read(ctx); err != nil {
		return errors.Join(err, d.Remove(w))
	}
	if got, err := w.result(); err != nil || got != f {
		return errors.Join(store.Damagef("it has %d bytes with sha256 %s, the version says %d and %s", got.Size, got.SHA256, f.Size, f.SHA256), err, d.Remove(w))
	}
	d.takeContents(from)
	return nil
}

// read hashes a file that is there already, as the disk has it.
func (w *writer) read(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return w.err
	}
	openFile{File: w.file}.Forget()
	sums := []io.Writer{w.sum}
	if w.image != nil && w.image != w.sum {
		sums = append(sums, w.image)
	}
	n, err := io.Copy(io.MultiWriter(sums...), store.UntilDone(ctx, w.file))
	w.size, w.closed, w.err = n, true, errors.Join(err, w.file.Close())
	return w.err
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
