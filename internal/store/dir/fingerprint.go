package dir

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// fingerprint is the hash over these files of the draft. It reads them again
// only if they were written in an order that did not let it be kept.
func (d *draft) fingerprint(ctx context.Context, files []image.File) (string, error) {
	if sum, ok := d.writer(files[len(files)-1].Kind).fingerprint(); ok {
		return sum, nil
	}
	image := sha256.New()
	for _, f := range files {
		file, err := os.Open(filepath.Join(d.files, f.Name))
		if err != nil {
			return "", err
		}
		got, err := hashFile(ctx, file, f, image)
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

// hashFile returns f with the size and hash that the bytes really have, and
// adds them to image.
func hashFile(ctx context.Context, r io.Reader, f image.File, image io.Writer) (image.File, error) {
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(h, image), store.UntilDone(ctx, r))
	f.Size, f.SHA256 = n, sumOf(h)
	return f, err
}
