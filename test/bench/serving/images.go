package serving

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
	"lxdocker/internal/store/dir"
)

// rootfsSize is that of the file that is downloaded.
const rootfsSize = 64 << 20

// knownName is an alias that is asked for.
const knownName = "also-image-7"

// fill makes a store with one large image and twenty small ones, and returns the path of
// the large file.
func fill(ctx context.Context, folder string) (path string, err error) {
	s, err := dir.Open(folder)
	if err != nil {
		return "", err
	}
	v, err := publish(ctx, s, "large", rootfsSize)
	if err != nil {
		return "", err
	}
	for n := range 20 {
		if _, err := publish(ctx, s, fmt.Sprintf("image-%d", n), 64<<10); err != nil {
			return "", err
		}
	}
	for _, f := range v.Files {
		if f.Kind == image.Squashfs {
			return "/" + v.Path(f), nil
		}
	}
	return "", fmt.Errorf("publishing %s: it has no root file system", v.Dir())
}

func publish(ctx context.Context, s *dir.Store, name string, size int64) (v image.Version, err error) {
	d, err := s.Draft(ctx)
	if err != nil {
		return v, err
	}
	defer d.Discard()
	if err := write(d, image.Metadata, "lxd.tar.xz", 800); err != nil {
		return v, err
	}
	if err := write(d, image.Squashfs, "rootfs.squashfs", size); err != nil {
		return v, err
	}
	return d.Publish(ctx, image.Version{
		Name: name, Architecture: "amd64", Key: name, Source: "docker.io/library/" + name + ":latest",
		SourceDigest: fmt.Sprintf("sha256:%064x", size), Release: "latest", Description: name, Aliases: []string{"also-" + name},
	})
}

// write writes bytes that cannot be compressed, as those of images are.
func write(d store.Draft, kind, name string, size int64) error {
	w, err := d.Create(kind, name)
	if err != nil {
		return err
	}
	if _, err := io.CopyN(w, rand.NewChaCha8([32]byte{byte(size)}), size); err != nil {
		_ = w.Close()
		return err
	}
	return w.Close()
}
