package build

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"lxdocker/internal/image"
	"lxdocker/internal/oci"
	"lxdocker/internal/progress"
	"lxdocker/internal/store"
)

// intoFolder makes an image and puts its files into dir. Until all are complete
// they lie in a store of their own, on the same disk: that is what writes files of
// images, and knows how their fingerprints come about.
func (b *Builder) intoFolder(ctx context.Context, j job, source *oci.Image, busybox []byte, dir string, task progress.Task) ([]Converted, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("making the output folder: %w", err)
	}
	scratch, err := os.MkdirTemp(dir, ".lxdocker-")
	if err != nil {
		return nil, fmt.Errorf("making the output folder: %w", err)
	}
	defer os.RemoveAll(scratch)
	s, err := store.Open(scratch, store.WithClock(b.Now))
	if err != nil {
		return nil, err
	}
	draft, err := s.Draft()
	if err != nil {
		return nil, err
	}
	defer draft.Discard()
	if err := b.convert(ctx, j, source, busybox, output{draft, task}, task); err != nil {
		return nil, fmt.Errorf("converting %s: %w", source.Reference, err)
	}
	v, err := draft.Publish(image.Version{Name: "image", Architecture: j.arch})
	if err != nil {
		return nil, err
	}
	return moved(v, scratch, dir)
}

// moved puts the files of a version into a folder, in place of older ones.
func moved(v image.Version, scratch, dir string) ([]Converted, error) {
	for _, f := range v.Files {
		to := filepath.Join(dir, f.Name)
		if err := os.Rename(filepath.Join(scratch, v.Path(f)), to); err != nil {
			return nil, fmt.Errorf("putting %s in place: %w", to, err)
		}
	}
	var converted []Converted
	for _, form := range v.Forms() {
		c := Converted{Fingerprint: form.Fingerprint}
		for _, f := range form.Files {
			c.Files = append(c.Files, filepath.Join(dir, f.Name))
		}
		converted = append(converted, c)
	}
	return converted, nil
}
