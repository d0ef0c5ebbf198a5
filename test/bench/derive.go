package main

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// derived are the tags of images that have all layers of the image, and one of
// their own at the top.
func derived(n int) string { return "bench-" + strconv.Itoa(n) }

// derive pushes one for each run that measures what a change costs, and returns
// the compressed size of the layer that differs.
func (c contest) derive(ctx context.Context) (size int64, err error) {
	from, err := name.ParseReference(c.reference("latest"), name.Insecure)
	if err != nil {
		return 0, err
	}
	base, err := remote.Image(from, remote.WithContext(ctx))
	if err != nil {
		return 0, err
	}
	for n := range runs {
		archive, err := change(uint64(n))
		if err != nil {
			return 0, err
		}
		layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(archive)), nil },
			tarball.WithMediaType(types.OCILayer))
		if err != nil {
			return 0, err
		}
		if size, err = layer.Size(); err != nil {
			return 0, err
		}
		image, err := mutate.AppendLayers(base, layer)
		if err != nil {
			return 0, err
		}
		if err := remote.Write(from.Context().Tag(derived(n)), image, remote.WithContext(ctx)); err != nil {
			return 0, err
		}
	}
	return size, nil
}

// change is a layer of ten files of a megabyte, of which half can be compressed
// away. Each seed gives another one.
func change(seed uint64) ([]byte, error) {
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	random := rand.NewChaCha8([32]byte{byte(seed)})
	for n := range 10 {
		content := make([]byte, 1_000_000)
		for at := 0; at < len(content); at += 2000 {
			if _, err := random.Read(content[at : at+1000]); err != nil {
				return nil, err
			}
		}
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: fmt.Sprintf("srv/application-%d", n), Mode: 0o644, Size: int64(len(content))}); err != nil {
			return nil, err
		}
		if _, err := w.Write(content); err != nil {
			return nil, err
		}
	}
	return archive.Bytes(), w.Close()
}
