package ocitest

import (
	"testing"

	"lxdocker/internal/mediatype"
	"lxdocker/internal/oci"
)

// AMD64 is the platform of images that do not say another.
var AMD64 = oci.Platform{Architecture: "amd64"}

// SomeDigest is the digest of nothing that exists.
const SomeDigest = "sha256:7b1a6ab2e44dbac178598dabe7cff59bd67233dba0b27e4fbd1f9d4b3c877a54"

// Recipe is an image to be made. The zero value makes a small one for amd64.
type Recipe struct {
	Platform oci.Platform
	OS       string // "linux" if empty
	Layers   [][]byte
	Config   map[string]any // over the usual one
	Manifest map[string]any // over the usual one
	Docker   bool           // schema 2 instead of OCI
}

// Baked is what a Recipe makes.
type Baked struct {
	Manifest, Config []byte
	Layers           [][]byte // blobs
	DiffIDs          []string
}

// Bake makes the documents and blobs of an image.
func (r Recipe) Bake(t testing.TB) Baked {
	t.Helper()
	platform := r.Platform
	if platform == (oci.Platform{}) {
		platform = AMD64
	}
	if r.OS == "" {
		r.OS = "linux"
	}
	if r.Layers == nil {
		r.Layers = [][]byte{Tar(t, "etc/hello", []byte("hello\n"))}
	}
	manifestType, configType, layerType := mediatype.OCIManifest, mediatype.OCIConfig, mediatype.TarGzip
	if r.Docker {
		manifestType, configType, layerType = mediatype.DockerManifest, mediatype.DockerConfig, "application/vnd.docker.image.rootfs.diff.tar.gzip"
	}
	b := Baked{DiffIDs: []string{}}
	var layers []any
	for _, plain := range r.Layers {
		blob := Gzip(t, plain)
		b.Layers = append(b.Layers, blob)
		b.DiffIDs = append(b.DiffIDs, oci.DigestOf(plain))
		layers = append(layers, map[string]any{"mediaType": layerType, "digest": oci.DigestOf(blob), "size": len(blob)})
	}
	config := map[string]any{
		"architecture": platform.Architecture,
		"os":           r.OS,
		"created":      "2026-11-23T10:15:00Z",
		"config":       map[string]any{"Cmd": []string{"/hello"}, "Env": []string{"PATH=/bin"}},
		"rootfs":       map[string]any{"type": "layers", "diff_ids": b.DiffIDs},
	}
	if platform.Variant != "" {
		config["variant"] = platform.Variant
	}
	b.Config = JSON(t, Merge(config, r.Config))
	manifest := map[string]any{
		"schemaVersion": 2,
		"mediaType":     manifestType,
		"config":        map[string]any{"mediaType": configType, "digest": oci.DigestOf(b.Config), "size": len(b.Config)},
		"layers":        layers,
	}
	b.Manifest = JSON(t, Merge(manifest, r.Manifest))
	return b
}
