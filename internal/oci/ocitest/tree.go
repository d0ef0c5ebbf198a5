package ocitest

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lxdocker/internal/mediatype"
	"lxdocker/internal/oci"
)

// RefName is the annotation by which a layout names an image.
const RefName = "org.opencontainers.image.ref.name"

// Tree is the files of a layout or an archive, by name.
type Tree map[string][]byte

// Blob stores a blob of a layout.
func (f Tree) Blob(b []byte) oci.Descriptor {
	d := oci.Descriptor{Digest: oci.DigestOf(b), Size: int64(len(b))}
	f["blobs/sha256/"+strings.TrimPrefix(d.Digest, "sha256:")] = b
	return d
}

// Add stores an image and returns the descriptor of its manifest.
func (f Tree) Add(b Baked) oci.Descriptor {
	f.Blob(b.Config)
	for _, l := range b.Layers {
		f.Blob(l)
	}
	d := f.Blob(b.Manifest)
	d.MediaType = mediatype.OCIManifest
	return d
}

// Layout makes a layout whose index.json has the entries.
func (f Tree) Layout(t testing.TB, entries ...map[string]any) Tree {
	f["oci-layout"] = []byte(`{"imageLayoutVersion":"1.0.0"}`)
	f["index.json"] = Index(t, entries...)
	return f
}

// Saved adds what docker save wrote before Docker 25.
func (f Tree) Saved(t testing.TB, tags []string, plain ...[]byte) (Tree, Baked) {
	b := Recipe{Layers: plain}.Bake(t)
	id := strings.TrimPrefix(oci.DigestOf(b.Config), "sha256:")
	m := map[string]any{"Config": id + ".json", "RepoTags": tags}
	var names []string
	for i, p := range plain {
		name := strings.TrimPrefix(b.DiffIDs[i], "sha256:") + "/layer.tar"
		f[name] = p
		names = append(names, name)
	}
	m["Layers"] = names
	f[id+".json"] = b.Config
	f["manifest.json"] = JSON(t, []any{m})
	return f, b
}

// Write writes the files into a fresh folder, and returns it.
func (f Tree) Write(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range f {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Archive makes a tar of the files in sorted order, below an optional prefix.
func (f Tree) Archive(t testing.TB, prefix string) []byte {
	var list []any
	for _, name := range slices.Sorted(maps.Keys(f)) {
		list = append(list, prefix+name, f[name])
	}
	return Tar(t, list...)
}

// Named is a descriptor in an index with annotations, keys and values by turns.
func Named(d oci.Descriptor, annotations ...string) map[string]any {
	a := map[string]any{}
	for i := 0; i < len(annotations); i += 2 {
		a[annotations[i]] = annotations[i+1]
	}
	return Entry(d, oci.Platform{}, map[string]any{"annotations": a})
}

// TwoPlatforms makes a layout of an index, named 1.0, of an image for arm64 and one
// for amd64. It returns the latter and the descriptor of its manifest.
func TwoPlatforms(t testing.TB) (Tree, Baked, oci.Descriptor) {
	t.Helper()
	f := Tree{}
	image := Recipe{Layers: [][]byte{Tar(t, "etc/a", Noise(2<<20, 1)), Tar(t, "etc/b", Noise(70_000, 2))}}.Bake(t)
	manifest := f.Add(image)
	arm64 := oci.Platform{Architecture: "arm64", Variant: "v8"}
	arm := f.Add(Recipe{Platform: arm64}.Bake(t))
	index := f.Blob(Index(t, Entry(arm, arm64, nil), Entry(manifest, AMD64, nil)))
	index.MediaType = mediatype.OCIIndex
	return f.Layout(t, Named(index, RefName, "1.0")), image, manifest
}
