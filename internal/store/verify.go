package store

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
)

// Verify reads all files of a version and compares their sizes, hashes and the
// fingerprints with what the version says.
func (s *Store) Verify(ctx context.Context, v Version) error {
	if err := v.check(); err != nil {
		return fmt.Errorf("verifying %.100s: %w", v.Name, err)
	}
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		return fmt.Errorf("verifying %s: %w", v.dir(), err)
	}
	defer root.Close()
	for _, i := range v.Images() {
		if err := verify(ctx, root, v, i); err != nil {
			return err
		}
	}
	return nil
}

// verify is Verify for one form of the version. What two forms share, the
// metadata, is read twice; it is small.
func verify(ctx context.Context, root *os.Root, v Version, i Image) error {
	image := sha256.New()
	for _, f := range i.Files {
		file, err := root.Open(v.Path(f))
		if err != nil {
			return fmt.Errorf("verifying %s: %w", v.dir(), err)
		}
		got, err := hashFile(ctx, file, f, image)
		_ = file.Close()
		if err != nil {
			return fmt.Errorf("verifying %s: %w", v.Path(f), err)
		}
		if got != f {
			return fmt.Errorf("verifying %s: the file has %d bytes with sha256 %s, the version says %d and %s",
				v.Path(f), got.Size, got.SHA256, f.Size, f.SHA256)
		}
	}
	if sum := sumOf(image); sum != i.Fingerprint {
		return fmt.Errorf("verifying %s: the files make fingerprint %s, the version says %s", v.dir(), sum, i.Fingerprint)
	}
	return nil
}

// hashFile returns f with the size and hash that the bytes really have, and
// adds them to image.
func hashFile(ctx context.Context, r io.Reader, f File, image hash.Hash) (File, error) {
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(h, image), &contextReader{ctx, r})
	return File{Kind: f.Kind, Name: f.Name, Size: n, SHA256: sumOf(h)}, err
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
func (d *Draft) fingerprint(files []File) (string, error) {
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
