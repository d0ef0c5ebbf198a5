package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"lxdocker/internal/image"
)

// Verify reads all files of a version and compares their sizes, hashes and the
// fingerprints with what the version says. It tells all that is wrong, and each
// watch how many more bytes were read.
func (s *Store) Verify(ctx context.Context, v image.Version, watch ...func(bytes int64)) error {
	if err := v.Check(); err != nil {
		return fmt.Errorf("verifying %.100s: %w", v.Name, err)
	}
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		return fmt.Errorf("verifying %s: %w", v.Dir(), err)
	}
	defer root.Close()
	open := func(f image.File) (*os.File, error) { return root.Open(v.Path(f)) }
	var errs []error
	for _, i := range v.Forms() {
		for _, err := range verify(ctx, i, open, watch) {
			// What two forms share, the metadata, is read twice; it is small.
			if !slices.ContainsFunc(errs, func(e error) bool { return e.Error() == err.Error() }) {
				errs = append(errs, err)
			}
		}
	}
	if delta, ok := v.File(image.Delta); ok {
		errs = append(errs, verifyFile(ctx, delta, open, io.Discard, watch))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("verifying %s: %w", v.Dir(), err)
	}
	return nil
}

// verify says all that is wrong with one form of a version.
func verify(ctx context.Context, i image.Form, open func(image.File) (*os.File, error), watch []func(int64)) (errs []error) {
	image := sha256.New()
	for _, f := range i.Files {
		if err := verifyFile(ctx, f, open, image, watch); err != nil {
			errs = append(errs, err)
		}
	}
	if sum := sumOf(image); len(errs) == 0 && sum != i.Fingerprint {
		errs = append(errs, fmt.Errorf("the files make fingerprint %s, the version says %s", sum, i.Fingerprint))
	}
	return errs
}

// verifyFile reads one file, into image as well.
func verifyFile(ctx context.Context, f image.File, open func(image.File) (*os.File, error), image io.Writer, watch []func(int64)) error {
	file, err := open(f)
	if err != nil {
		return err
	}
	defer file.Close()
	got, err := hashFile(ctx, file, f, io.MultiWriter(image, watcher(watch)))
	if err != nil {
		return fmt.Errorf("reading %s: %w", f.Name, err)
	}
	if got != f {
		return fmt.Errorf("%s has %d bytes with sha256 %s, the version says %d and %s", f.Name, got.Size, got.SHA256, f.Size, f.SHA256)
	}
	return nil
}

// hashFile returns f with the size and hash that the bytes really have, and
// adds them to image.
func hashFile(ctx context.Context, r io.Reader, f image.File, image io.Writer) (image.File, error) {
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(h, image), &contextReader{ctx, r})
	f.Size, f.SHA256 = n, sumOf(h)
	return f, err
}

// watcher tells how much is written to it.
type watcher []func(bytes int64)

func (w watcher) Write(p []byte) (int, error) {
	for _, tell := range w {
		tell(int64(len(p)))
	}
	return len(p), nil
}

type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// fingerprint is the hash over these files of the draft. It reads them again
// only if they were written in an order that did not let it be kept.
func (d *Draft) fingerprint(files []image.File) (string, error) {
	if sum, ok := d.writer(files[len(files)-1].Kind).fingerprint(); ok {
		return sum, nil
	}
	image := sha256.New()
	for _, f := range files {
		file, err := os.Open(filepath.Join(d.files, f.Name))
		if err != nil {
			return "", err
		}
		got, err := hashFile(context.Background(), file, f, image)
		_ = file.Close()
		if err != nil {
			return "", err
		}
		if got != f {
			return "", fmt.Errorf("file %s changed after it was written", f.Name)
		}
	}
	return sumOf(image), nil
}
