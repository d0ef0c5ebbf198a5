package archive

import (
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	craneLayout "github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	crane "github.com/google/go-containerregistry/pkg/v1/tarball"

	"lxdocker/internal/mediatype"
	"lxdocker/internal/oci"
	"lxdocker/internal/oci/ocitest"
)

func TestArchivesOfSkopeo(t *testing.T) {
	files, image, manifest := ocitest.TwoPlatforms(t)
	dir := files.Write(t)
	to := t.TempDir()
	layout := "oci:" + dir + ":1.0"
	for _, c := range []struct {
		name, to string
		refs     []string // that must find it in there
		digest   string   // "" if it is not the manifest's
	}{
		{"oci", "oci:" + to + "/layout:2.0", []string{"oci:" + to + "/layout", "oci:" + to + "/layout:2.0"}, manifest.Digest},
		{"oci-archive", "oci-archive:" + to + "/oci.tar:2.0", []string{"oci-archive:" + to + "/oci.tar", "oci-archive:" + to + "/oci.tar:2.0"}, manifest.Digest},
		{"oci-archive without a name", "oci-archive:" + to + "/bare.tar", []string{"oci-archive:" + to + "/bare.tar"}, manifest.Digest},
		{"docker-archive", "docker-archive:" + to + "/docker.tar:team/x:2.0",
			[]string{"docker-archive:" + to + "/docker.tar", "docker-archive:" + to + "/docker.tar:team/x:2.0", "docker-archive:" + to + "/docker.tar:2.0"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			ocitest.Run(t, "skopeo", "--insecure-policy", "--override-arch", "amd64", "--override-os", "linux", "copy", layout, c.to)
			for _, ref := range c.refs {
				img, err := resolve(t, ref, ocitest.AMD64)
				if err != nil {
					t.Error(err)
					continue
				}
				if c.digest != "" && img.Digest != c.digest {
					t.Errorf("%s: digest %s, want %s", ref, img.Digest, c.digest)
				}
				if len(img.Layers) != 2 || img.Config.Cmd[0] != "/hello" {
					t.Fatalf("%s: %+v", ref, img)
				}
				for i, l := range img.Layers {
					got, err := ocitest.Read(t, img, l)
					if err != nil || oci.DigestOf(got) != l.Digest || int64(len(got)) != l.Size || l.DiffID != image.DiffIDs[i] {
						t.Errorf("%s: layer %d: %d bytes of %+v, %v", ref, i, len(got), l, err)
					}
				}
				img.Close()
			}
		})
	}
}

// TestZstdLayersOfSkopeo: recompressed on the way into a layout.
func TestZstdLayersOfSkopeo(t *testing.T) {
	files, image, _ := ocitest.TwoPlatforms(t)
	dir := files.Write(t)
	to := filepath.Join(t.TempDir(), "zstd")
	ocitest.Run(t, "skopeo", "--insecure-policy", "--override-arch", "amd64", "copy", "--dest-compress-format", "zstd", "--dest-compress",
		"dir:"+skopeoDir(t, dir), "oci:"+to)
	img, err := resolve(t, "oci:"+to, ocitest.AMD64)
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range img.Layers {
		if l.DiffID != image.DiffIDs[i] || l.MediaType != mediatype.TarZstd {
			t.Errorf("%+v", l)
		}
		if got, err := ocitest.Read(t, img, l); err != nil || mediatype.Sniff(got) != mediatype.Zstd {
			t.Errorf("layer %d: %d bytes, %v", i, len(got), err)
		}
	}
}

// TestFilesOfCrane: ggcr's own writers, which compress layers in a
// docker-archive, and write a layout without names.
func TestFilesOfCrane(t *testing.T) {
	made, err := random.Image(5000, 3)
	if err != nil {
		t.Fatal(err)
	}
	file, err := made.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	file = file.DeepCopy()
	file.OS, file.Architecture = "linux", "amd64"
	made, err = mutate.ConfigFile(made, file)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	p, err := craneLayout.Write(dir+"/layout", empty.Index)
	if err == nil {
		err = p.AppendImage(made)
	}
	if err != nil {
		t.Fatal(err)
	}
	tag, _ := name.NewTag("ghcr.io/o/n:1")
	if err := crane.WriteToFile(dir+"/a.tar", tag, made); err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{"oci:" + dir + "/layout", "docker-archive:" + dir + "/a.tar", "docker-archive:" + dir + "/a.tar:ghcr.io/o/n:1"} {
		img, err := resolve(t, ref, ocitest.AMD64)
		if err != nil {
			t.Error(err)
			continue
		}
		layers, _ := made.Layers()
		for i, l := range layers {
			digest, _ := l.Digest()
			diffID, _ := l.DiffID()
			if img.Layers[i].Digest != digest.String() || img.Layers[i].DiffID != diffID.String() {
				t.Errorf("%s: layer %d: %+v", ref, i, img.Layers[i])
			}
			if got, err := ocitest.Read(t, img, img.Layers[i]); err != nil || oci.DigestOf(got) != digest.String() {
				t.Errorf("%s: layer %d: %v", ref, i, err)
			}
		}
	}
}

// skopeoDir unpacks the layers, so that skopeo compresses them anew.
func skopeoDir(t *testing.T, layout string) string {
	to := filepath.Join(t.TempDir(), "dir")
	ocitest.Run(t, "skopeo", "--insecure-policy", "--override-arch", "amd64", "copy", "--dest-decompress", "oci:"+layout+":1.0", "dir:"+to)
	return to
}
