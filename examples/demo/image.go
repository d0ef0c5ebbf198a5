package main

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

const appUser = 65532

// notesImage is what a Dockerfile would say as
//
//	FROM scratch
//	COPY webapp /webapp
//	RUN mkdir /data && chown 65532 /data
//	ENV NOTES_DIR=/data GREETING=Hello
//	USER 65532
//	VOLUME /data
//	ENTRYPOINT ["/webapp"]
func notesImage(app string) (v1.Image, error) {
	binary, err := os.ReadFile(app)
	if err != nil {
		return nil, fmt.Errorf("reading the web application: %w", err)
	}
	program, err := layer(tar.Header{Name: "webapp", Typeflag: tar.TypeReg, Mode: 0o755, Size: int64(len(binary))}, binary)
	if err != nil {
		return nil, err
	}
	data, err := layer(tar.Header{Name: "data/", Typeflag: tar.TypeDir, Mode: 0o755, Uid: appUser, Gid: appUser}, nil)
	if err != nil {
		return nil, err
	}
	image, err := mutate.AppendLayers(empty.Image, program, data)
	if err != nil {
		return nil, fmt.Errorf("stacking the layers: %w", err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("reading the image's config: %w", err)
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", runtime.GOARCH
	config.Config = v1.Config{
		Entrypoint: []string{"/webapp"},
		Env:        []string{"NOTES_DIR=/data", "GREETING=Hello"},
		User:       fmt.Sprint(appUser),
		WorkingDir: "/data",
		Volumes:    map[string]struct{}{"/data": {}},
	}
	return mutate.ConfigFile(image, config)
}

// layer makes a layer of one entry.
func layer(h tar.Header, content []byte) (v1.Layer, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	if err := w.WriteHeader(&h); err != nil {
		return nil, fmt.Errorf("making a layer for %s: %w", h.Name, err)
	}
	if _, err := w.Write(content); err != nil {
		return nil, fmt.Errorf("making a layer for %s: %w", h.Name, err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("making a layer for %s: %w", h.Name, err)
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(out.Bytes())), nil })
}
