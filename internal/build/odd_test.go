package build_test

import (
	"archive/tar"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lxdocker/internal/build"
	"lxdocker/internal/image"
	"lxdocker/internal/mediatype"
	"lxdocker/internal/oci"
	"lxdocker/internal/oci/ocitest"
	"lxdocker/internal/progress"
	"lxdocker/internal/spec"
	"lxdocker/internal/testenv"
)

// layerWith is the archive of a layer with these files, by name and content.
func layerWith(t *testing.T, files ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for pair := range slices.Chunk(files, 2) {
		if err := w.WriteHeader(&tar.Header{Name: pair[0], Mode: 0o755, Size: int64(len(pair[1]))}); err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write([]byte(pair[1]))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// typed is a manifest over an image of one layer, which gives that another media type.
func typed(mediaType string) func(*testing.T, ocitest.Recipe) ocitest.Recipe {
	return func(t *testing.T, r ocitest.Recipe) ocitest.Recipe {
		blob := r.Bake(t).Layers[0]
		r.Manifest = map[string]any{"layers": []any{map[string]any{
			"mediaType": mediaType, "digest": oci.DigestOf(blob), "size": len(blob), "urls": []string{"https://example.org/layer"},
		}}}
		return r
	}
}

// TestOddImagesAreTakenAsDockerTakesThem: in a layout and, where that can have it, in
// what docker save writes.
func TestOddImagesAreTakenAsDockerTakesThem(t *testing.T) {
	unsquashfs := testenv.NeedsProgram(t, "unsquashfs", "squashfs-tools")
	one, two := layerWith(t, "bin/app", "one"), layerWith(t, "bin/app", "two")
	for behaviour, c := range map[string]struct {
		layers [][]byte
		change func(*testing.T, ocitest.Recipe) ocitest.Recipe
		want   map[string]string // contents
	}{
		"gzip that is called plain tar":    {[][]byte{one}, typed(mediatype.Tar), map[string]string{"bin/app": "one"}},
		"gzip that is called zstd":         {[][]byte{one}, typed(mediatype.TarZstd), map[string]string{"bin/app": "one"}},
		"gzip that is called Docker's tar": {[][]byte{one}, typed("application/vnd.docker.image.rootfs.diff.tar"), map[string]string{"bin/app": "one"}},
		"a non-distributable layer":        {[][]byte{one}, typed("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"), map[string]string{"bin/app": "one"}},
		"a foreign layer":                  {[][]byte{one}, typed("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"), map[string]string{"bin/app": "one"}},
		"one layer twice":                  {[][]byte{one, two, one}, nil, map[string]string{"bin/app": "one"}},
		"one layer twice in a row":         {[][]byte{two, one, one}, nil, map[string]string{"bin/app": "one"}},
		"no layers":                        {[][]byte{}, nil, map[string]string{"busybox-lxd": "", "sbin/init": ""}},
		"names that go up and down":        {[][]byte{layerWith(t, "x/../bin/app", "one", ".wh.x/file", "two")}, nil, map[string]string{"bin/app": "one", ".wh.x/file": "two"}},
	} {
		t.Run(behaviour, func(t *testing.T) {
			recipe := ocitest.Recipe{Layers: c.layers}
			if c.change != nil {
				recipe = c.change(t, recipe)
			}
			files := ocitest.Tree{}
			references := []string{"oci:" + files.Layout(t, ocitest.Named(files.Add(recipe.Bake(t)))).Write(t)}
			if c.change == nil {
				saved, _ := ocitest.Tree{}.Saved(t, []string{"app:1"}, c.layers...)
				file := filepath.Join(t.TempDir(), "app.tar")
				if err := os.WriteFile(file, saved.Archive(t, ""), 0o644); err != nil {
					t.Fatal(err)
				}
				references = append(references, "docker-archive:"+file)
			}
			for _, reference := range references {
				s := newSite(t, morning)
				result := s.run([]spec.Spec{{Name: "app", Image: reference}})[0]
				if result.Outcome != progress.Built {
					t.Fatalf("%s: %v, %v", reference, result.Outcome, result.Err)
				}
				v := result.Version
				if len(v.Layers) == 0 {
					t.Errorf("%s: nobody knows which layers it needs", reference)
				}
				rootfs := v.Files[slices.IndexFunc(v.Files, func(f image.File) bool { return f.Kind == image.Squashfs })]
				for name, want := range c.want {
					got, err := exec.Command(unsquashfs, "-cat", filepath.Join(s.images(), v.Path(rootfs)), name).CombinedOutput()
					if err != nil || want != "" && string(got) != want {
						t.Errorf("%s: %s is %q, %v", reference, name, strings.TrimSpace(string(got)), err)
					}
				}
			}
		})
	}
}

// TestTheSpellingOfASourceNeverReachesTheImage: neither where a layout is, nor how its
// path or what chooses an image in it is written.
func TestTheSpellingOfASourceNeverReachesTheImage(t *testing.T) {
	files := ocitest.Tree{}
	image := files.Add(ocitest.Recipe{}.Bake(t))
	other := files.Add(ocitest.Recipe{Layers: [][]byte{layerWith(t, "bin/other", "x")}}.Bake(t))
	files.Layout(t, ocitest.Named(image, ocitest.RefName, "example.org/app:1.2"), ocitest.Named(other, ocitest.RefName, "other:2"))
	here, there := files.Write(t), files.Write(t)
	archive := func(name string) string {
		file := filepath.Join(here, name)
		if err := os.WriteFile(file, files.Archive(t, ""), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	t.Chdir(filepath.Dir(here))
	for kind, references := range map[string][]string{
		"a layout": {
			"oci:" + here + ":example.org/app:1.2", "oci:" + there + ":1.2", "oci:" + filepath.Base(here) + ":1.2",
			"oci:./" + filepath.Base(here) + "/.:@0", "oci:" + here + ":@" + image.Digest,
		},
		"an archive": {"oci-archive:" + archive("app.tar") + ":1.2", "oci-archive:" + archive("web.tar") + ":@0"},
	} {
		var first build.Result
		for i, reference := range references {
			result := newSite(t, morning).run([]spec.Spec{{Name: "app", Image: reference}})[0]
			switch v := result.Version; {
			case result.Outcome != progress.Built:
				t.Fatalf("%s: %v, %v", reference, result.Outcome, result.Err)
			case i == 0:
				first = result
				if v.Release != "1.2" {
					t.Errorf("%s is release %s", reference, v.Release)
				}
			case v.Fingerprint != first.Version.Fingerprint || v.Key != first.Version.Key || v.Description != first.Version.Description:
				t.Errorf("%s: %s gives %s, %q, and %s gives %s, %q", kind, references[0], first.Version.Fingerprint, first.Version.Description, reference, v.Fingerprint, v.Description)
			}
		}
	}
}
