//go:build e2e

package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"testing"
	"time"
)

const (
	manifestType = "application/vnd.oci.image.manifest.v1+json"
	indexType    = "application/vnd.oci.image.index.v1+json"
	configType   = "application/vnd.oci.image.config.v1+json"
	layerType    = "application/vnd.oci.image.layer.v1.tar+gzip"
)

type descriptor struct {
	MediaType string    `json:"mediaType"`
	Digest    string    `json:"digest"`
	Size      int64     `json:"size"`
	Platform  *platform `json:"platform,omitempty"`
}

type platform struct {
	Architecture string `json:"architecture"`
	OS           string `json:"os"`
}

type manifest struct {
	SchemaVersion int          `json:"schemaVersion"`
	MediaType     string       `json:"mediaType"`
	Config        descriptor   `json:"config"`
	Layers        []descriptor `json:"layers"`
}

type index struct {
	SchemaVersion int          `json:"schemaVersion"`
	MediaType     string       `json:"mediaType"`
	Manifests     []descriptor `json:"manifests"`
}

// layer is a layer blob and how a manifest and a config speak of it.
type layer struct {
	descriptor
	diffID string
}

// entry is one of a layer.
type entry struct {
	tar.Header
	content string
}

func file(name, content string) entry {
	return entry{tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o755, Size: int64(len(content))}, content}
}

func symlink(name, target string) entry {
	return entry{Header: tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target, Mode: 0o777}}
}

// layer makes one of these entries, and keeps its blob.
func (r *registry) layer(t *testing.T, entries ...entry) layer {
	t.Helper()
	var plain, packed bytes.Buffer
	w := tar.NewWriter(&plain)
	for _, e := range entries {
		e.ModTime = time.Unix(1_700_000_000, 0)
		if err := w.WriteHeader(&e.Header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(plain.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	r.upload(packed.Bytes())
	return layer{descriptor{MediaType: layerType, Digest: digest(packed.Bytes()), Size: int64(packed.Len())}, digest(plain.Bytes())}
}

// image puts an image of these layers under a tag.
func (r *registry) image(t *testing.T, repository, tag string, layers ...layer) descriptor {
	t.Helper()
	return r.imageFor(t, repository, tag, "amd64", layers...)
}

func (r *registry) imageFor(t *testing.T, repository, tag, architecture string, layers ...layer) descriptor {
	t.Helper()
	diffIDs := []string{}
	m := manifest{SchemaVersion: 2, MediaType: manifestType, Layers: []descriptor{}}
	for _, l := range layers {
		diffIDs = append(diffIDs, l.diffID)
		m.Layers = append(m.Layers, l.descriptor)
	}
	config, err := json.Marshal(map[string]any{
		"architecture": architecture,
		"os":           "linux",
		"config":       map[string]any{"Entrypoint": []string{"/hello"}},
		"rootfs":       map[string]any{"type": "layers", "diff_ids": diffIDs},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.upload(config)
	m.Config = descriptor{MediaType: configType, Digest: digest(config), Size: int64(len(config))}
	return r.put(t, repository, tag, manifestType, m)
}
