package archive

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/klauspost/compress/zstd"

	"lxdocker/internal/mediatype"
	"lxdocker/internal/oci"
	"lxdocker/internal/oci/ocitest"
)

// resolve finds the image that a reference names.
func resolve(t testing.TB, ref string, p oci.Platform) (*oci.Image, error) {
	t.Helper()
	return Resolve(t.Context(), ocitest.Parse(t, ref), p, Options{Spool: t.TempDir()})
}

func fileOf(t testing.TB, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "image.tar")
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestArchivesAreRead(t *testing.T) {
	layers := [][]byte{ocitest.Tar(t, "a", ocitest.Noise(10_000, 1)), ocitest.Tar(t, "b", make([]byte, 300_000))}
	b := ocitest.Recipe{Layers: layers}.Bake(t)
	ociFiles := ocitest.Tree{}
	d := ociFiles.Add(b)
	ociFiles.Layout(t, ocitest.Named(d, ocitest.RefName, "1.0"))
	dockerFiles, saved := ocitest.Tree{}.Saved(t, []string{"nginx:1.0"}, layers...)
	dual := ocitest.Tree{}
	maps.Copy(dual, dockerFiles)
	maps.Copy(dual, ociFiles)
	zstded := func(b []byte) []byte {
		w, _ := zstd.NewWriter(nil)
		return w.EncodeAll(b, nil)
	}
	fromDocker := oci.DigestOf([]byte("docker-archive config " + oci.DigestOf(saved.Config) + "\n"))

	for name, c := range map[string]struct {
		content []byte
		digest  string
		blobs   [][]byte
	}{
		"OCI":                      {ociFiles.Archive(t, ""), d.Digest, b.Layers},
		"OCI, names begin with ./": {ociFiles.Archive(t, "./"), d.Digest, b.Layers},
		"OCI, names begin with /":  {ociFiles.Archive(t, "/"), d.Digest, b.Layers},
		"OCI, gzip":                {ocitest.Gzip(t, ociFiles.Archive(t, "")), d.Digest, b.Layers},
		"OCI, zstd":                {zstded(ociFiles.Archive(t, "")), d.Digest, b.Layers},
		"OCI, zstd that begins with a skippable frame": {append([]byte("\x51\x2a\x4d\x18\x03\x00\x00\x00abc"), zstded(ociFiles.Archive(t, ""))...), d.Digest, b.Layers},
		"Docker":             {dockerFiles.Archive(t, ""), fromDocker, layers},
		"Docker, gzip":       {ocitest.Gzip(t, dockerFiles.Archive(t, "")), fromDocker, layers},
		"both, as Docker 25": {dual.Archive(t, ""), d.Digest, b.Layers},
	} {
		for _, kind := range []string{"oci-archive:", "docker-archive:"} {
			t.Run(name+" as "+kind, func(t *testing.T) {
				spool := t.TempDir()
				img, err := Resolve(t.Context(), ocitest.Parse(t, kind+fileOf(t, c.content)+":1.0"), ocitest.AMD64, Options{Spool: spool})
				if err != nil {
					t.Fatal(err)
				}
				if img.Digest != c.digest || img.Config.Cmd[0] != "/hello" || len(img.Layers) != 2 {
					t.Errorf("%+v", img)
				}
				for i, l := range img.Layers {
					got, err := ocitest.Read(t, img, l)
					if err != nil || !bytes.Equal(got, c.blobs[i]) || oci.DigestOf(got) != l.Digest || l.DiffID != b.DiffIDs[i] || l.Size != int64(len(got)) {
						t.Errorf("layer %d: %d bytes of %+v, %v", i, len(got), l, err)
					}
				}
				if left, _ := os.ReadDir(spool); len(left) != 0 {
					t.Errorf("left in the spool: %v", left)
				}
				if err := img.Close(); err != nil {
					t.Error(err)
				}
				if _, err := ocitest.Read(t, img, img.Layers[0]); err == nil {
					t.Error("a closed archive was read")
				}
			})
		}
	}
}

func TestTheDigestOfADockerArchiveDependsOnItsConfigOnly(t *testing.T) {
	layer := ocitest.Tar(t, "a", []byte("1"))
	digests := map[string]bool{}
	for _, f := range []func(ocitest.Tree) []byte{
		func(f ocitest.Tree) []byte { return f.Archive(t, "") },
		func(f ocitest.Tree) []byte { return f.Archive(t, "./") },
		func(f ocitest.Tree) []byte { return ocitest.Gzip(t, f.Archive(t, "")) },
	} {
		for _, tag := range []string{"a:1", "b:2"} {
			files, _ := ocitest.Tree{}.Saved(t, []string{tag}, layer)
			img, err := resolve(t, "docker-archive:"+fileOf(t, f(files)), ocitest.AMD64)
			if err != nil {
				t.Fatal(err)
			}
			digests[img.Digest] = true
		}
	}
	if len(digests) != 1 {
		t.Errorf("%v", digests)
	}
}

// TestLinkedLayers: docker save before 25 wrote a layer that two images share
// once, and symbolic links to it; other writers use hard links.
func TestLinkedLayersOfOldArchives(t *testing.T) {
	layer := ocitest.Tar(t, "a", ocitest.Noise(5000, 1))
	files, b := ocitest.Tree{}.Saved(t, nil, layer)
	real := slices.Collect(maps.Keys(files))
	name := real[slices.IndexFunc(real, func(s string) bool { return strings.HasSuffix(s, "/layer.tar") })]
	for kind, links := range map[string][]tar.Header{
		"symbolic":           {{Name: name, Typeflag: tar.TypeSymlink, Linkname: "../other/layer.tar"}},
		"hard":               {{Name: name, Typeflag: tar.TypeLink, Linkname: "other/layer.tar"}},
		"a chain":            {{Name: name, Typeflag: tar.TypeSymlink, Linkname: "../x"}, {Name: "x", Typeflag: tar.TypeSymlink, Linkname: "/other/layer.tar"}},
		"above the root":     {{Name: name, Typeflag: tar.TypeSymlink, Linkname: "../../../../other/layer.tar"}},
		"a loop":             {{Name: name, Typeflag: tar.TypeSymlink, Linkname: "../x"}, {Name: "x", Typeflag: tar.TypeSymlink, Linkname: name}},
		"out of the archive": {{Name: name, Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}},
	} {
		t.Run(kind, func(t *testing.T) {
			var buf bytes.Buffer
			w := tar.NewWriter(&buf)
			for _, h := range links {
				if err := w.WriteHeader(&h); err != nil {
					t.Fatal(err)
				}
			}
			rest := maps.Clone(files)
			delete(rest, name)
			rest["other/layer.tar"] = layer
			w.Flush()
			buf.Write(rest.Archive(t, ""))
			img, err := resolve(t, "docker-archive:"+fileOf(t, buf.Bytes()), ocitest.AMD64)
			switch kind {
			case "a loop":
				ocitest.MustSay(t, err, "too many links")
			case "out of the archive":
				ocitest.MustSay(t, err, "layer 1 of 1", "is not there")
			default:
				if err != nil {
					t.Fatal(err)
				}
				if got, err := ocitest.Read(t, img, img.Layers[0]); err != nil || !bytes.Equal(got, layer) || img.Layers[0].Digest != b.DiffIDs[0] {
					t.Errorf("%d bytes, %v", len(got), err)
				}
			}
		})
	}
}

func TestCompressedLayersOfDockerArchives(t *testing.T) {
	layer := ocitest.Tar(t, "a", ocitest.Noise(5000, 1))
	for mediaType, blob := range map[string][]byte{mediatype.Tar: layer, mediatype.TarGzip: ocitest.Gzip(t, layer)} {
		files, b := ocitest.Tree{}.Saved(t, nil, layer)
		for name := range files {
			if strings.HasSuffix(name, "/layer.tar") {
				files[name] = blob
			}
		}
		img, err := resolve(t, "docker-archive:"+fileOf(t, files.Archive(t, "")), ocitest.AMD64)
		if err != nil {
			t.Fatal(err)
		}
		want := oci.Layer{Digest: oci.DigestOf(blob), DiffID: b.DiffIDs[0], MediaType: mediaType, Size: int64(len(blob))}
		if img.Layers[0] != want {
			t.Errorf("%+v, want %+v", img.Layers[0], want)
		}
	}
	files, _ := ocitest.Tree{}.Saved(t, nil, []byte("\xfd7zXZ\x00..."))
	_, err := resolve(t, "docker-archive:"+fileOf(t, files.Archive(t, "")), ocitest.AMD64)
	ocitest.MustSay(t, err, "layer 1 of 1", "compressed by xz")
}

func TestChoosingAnImageOfADockerArchive(t *testing.T) {
	f := ocitest.Tree{}
	var list []any
	for i, tags := range [][]string{{"nginx:1.27", "nginx:latest"}, {"ghcr.io/o/n:2"}, nil} {
		one, _ := ocitest.Tree{}.Saved(t, tags, ocitest.Tar(t, "n", []byte{byte(i)}))
		m := string(one["manifest.json"])
		list = append(list, rawJSON(m[1:len(m)-1]))
		maps.Copy(f, one)
	}
	f["manifest.json"] = ocitest.JSON(t, list)
	path := fileOf(t, f.Archive(t, ""))
	for ref, want := range map[string]int{
		":nginx": 0, ":nginx:1.27": 0, ":docker.io/library/nginx:1.27": 0, ":1.27": 0, ":@0": 0,
		":ghcr.io/o/n:2": 1, ":2": 1, ":@1": 1, ":@2": 2,
	} {
		img, err := resolve(t, "docker-archive:"+path+ref, ocitest.AMD64)
		if err != nil {
			t.Errorf("%s: %v", ref, err)
			continue
		}
		if got, _ := ocitest.Read(t, img, img.Layers[0]); !bytes.Equal(got, ocitest.Tar(t, "n", []byte{byte(want)})) {
			t.Errorf("%s: another image", ref)
		}
	}
	for ref, says := range map[string]string{
		"":       "3 images; add a colon and one of these names: nginx:1.27, ghcr.io/o/n:2, @2",
		":redis": `no image of that name: "redis"; it holds: nginx:1.27, ghcr.io/o/n:2, @2`,
	} {
		_, err := resolve(t, "docker-archive:"+path+ref, ocitest.AMD64)
		ocitest.MustSay(t, err, says)
	}
}

type rawJSON string

func (r rawJSON) MarshalJSON() ([]byte, error) { return []byte(r), nil }

// TestDualArchivesThatNameImagesOnlyInOnePlace: the OCI half of what docker save
// writes is not always named.
func TestDualArchivesThatNameImagesOnlyInManifestJSON(t *testing.T) {
	layer := ocitest.Tar(t, "a", []byte("1"))
	f, _ := ocitest.Tree{}.Saved(t, []string{"nginx:1.27"}, layer)
	f.Layout(t, ocitest.Named(f.Add(ocitest.Recipe{Layers: [][]byte{layer}}.Bake(t))))
	img, err := resolve(t, "docker-archive:"+fileOf(t, f.Archive(t, ""))+":nginx:1.27", ocitest.AMD64)
	if err != nil || img.Layers[0].MediaType != mediatype.Tar {
		t.Fatal(img, err)
	}
}

func TestSavedImagesAreCalledAsTheArchiveSays(t *testing.T) {
	named, _ := ocitest.Tree{}.Saved(t, []string{"nginx:1.27", "example.org/nginx:latest"}, ocitest.Tar(t, "a", []byte("1")))
	nameless, _ := ocitest.Tree{}.Saved(t, nil, ocitest.Tar(t, "a", []byte("1")))
	for _, c := range []struct {
		files     ocitest.Tree
		ref, want string
	}{
		{named, "", "docker.io/library/nginx:1.27"},
		{named, ":@0", "docker.io/library/nginx:1.27"},
		{named, ":nginx:1.27", "docker.io/library/nginx:1.27"},
		{named, ":1.27", "docker.io/library/nginx:1.27"},
		{named, ":docker.io/library/nginx:1.27", "docker.io/library/nginx:1.27"},
		{named, ":example.org/nginx", "example.org/nginx:latest"},
		{named, ":latest", "example.org/nginx:latest"},
		{nameless, "", ""},
		{nameless, ":@0", ""},
	} {
		img, err := resolve(t, "docker-archive:"+fileOf(t, c.files.Archive(t, ""))+c.ref, ocitest.AMD64)
		if err != nil || img.Reference.Name() != c.want {
			t.Errorf("%q is called %q, %v", c.ref, img.Reference.Name(), err)
		}
	}
}

func TestBrokenArchivesAreRefused(t *testing.T) {
	files, _ := ocitest.Tree{}.Saved(t, nil, ocitest.Tar(t, "a", ocitest.Noise(5000, 1)))
	good := files.Archive(t, "")
	without := func(suffix string) []byte {
		f := maps.Clone(files)
		maps.DeleteFunc(f, func(name string, _ []byte) bool { return strings.HasSuffix(name, suffix) })
		return f.Archive(t, "")
	}
	with := func(name, content string) []byte {
		f := maps.Clone(files)
		f[name] = []byte(content)
		return f.Archive(t, "")
	}
	lists := ocitest.Tree{}
	d := lists.Add(ocitest.Recipe{}.Bake(t))
	lists.Layout(t, ocitest.Named(d))
	delete(lists, blobName(d.Digest))
	for name, c := range map[string]struct {
		content []byte
		says    string
	}{
		"empty":                          {nil, "it is empty"},
		"no tar":                         {bytes.Repeat([]byte("x"), 2000), "as a tar archive"},
		"cut off in a file":              {good[:3000], "cut off after"},
		"cut off in gzip":                {ocitest.Gzip(t, good)[:2000], "unexpected EOF"},
		"xz":                             {[]byte("\xfd7zXZ\x00 and so on"), "compressed by xz: unpack it first"},
		"bzip2":                          {[]byte("BZh91AY"), "compressed by bzip2"},
		"some other tar":                 {ocitest.Tar(t, "etc/passwd", []byte("x")), "neither oci-layout nor manifest.json"},
		"Docker before 1.10":             {ocitest.Tar(t, "repositories", []byte("{}")), "older than 1.10"},
		"manifest.json is no JSON":       {with("manifest.json", "<html>"), "reading manifest.json"},
		"manifest.json lists nothing":    {with("manifest.json", "[]"), "holds no image"},
		"manifest.json without a config": {with("manifest.json", "[{}]"), "reading config"},
		"manifest.json leads outside":    {with("manifest.json", `[{"Config":"../../../../etc/hostname"}]`), "is not there"},
		"no config":                      {without(".json")[:0:0], "it is empty"},
		"no layer":                       {without("layer.tar"), "layer 1 of 1"},
		"more layers than diffIDs":       {with("manifest.json", strings.Replace(string(files["manifest.json"]), `"Layers":[`, `"Layers":["x",`, 1)), "names 2 layers"},
		"lists what it does not hold":    {lists.Archive(t, ""), "saved for another platform?"},
	} {
		t.Run(name, func(t *testing.T) {
			spool := t.TempDir()
			_, err := Resolve(t.Context(), ocitest.Parse(t, "docker-archive:"+fileOf(t, c.content)), ocitest.AMD64, Options{Spool: spool})
			ocitest.MustSay(t, err, c.says)
			if left, _ := os.ReadDir(spool); len(left) != 0 {
				t.Errorf("left in the spool: %v", left)
			}
		})
	}
	t.Run("a folder", func(t *testing.T) {
		_, err := resolve(t, "oci-archive:"+t.TempDir(), ocitest.AMD64)
		ocitest.MustSay(t, err, "use oci:")
	})
	t.Run("a device", func(t *testing.T) {
		_, err := resolve(t, "oci-archive:/dev/zero", ocitest.AMD64)
		ocitest.MustSay(t, err, "no regular file")
	})
}

func TestAnArchiveForAnotherPlatformIsRefused(t *testing.T) {
	f, _ := ocitest.Tree{}.Saved(t, nil, ocitest.Tar(t, "a", []byte("1")))
	_, err := resolve(t, "docker-archive:"+fileOf(t, f.Archive(t, "")), oci.Platform{Architecture: "arm64"})
	ocitest.MustSay(t, err, "no image for linux/arm64, only for linux/amd64")
}

// TestABombInAnArchiveTakesNoSpace: zeros become holes.
func TestABombInAnArchiveTakesNoSpace(t *testing.T) {
	to, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	zeros := io.MultiReader(strings.NewReader("begin"), io.LimitReader(zeroReader{}, 1<<30), strings.NewReader("end"))
	if err := copySparse(t.Context(), to, zeros); err != nil {
		t.Fatal(err)
	}
	st, _ := to.Stat()
	if want := int64(5 + 1<<30 + 3); st.Size() != want {
		t.Errorf("%d bytes, want %d", st.Size(), want)
	}
	if used := st.Sys().(*syscall.Stat_t).Blocks * 512; used > 1<<20 {
		t.Errorf("takes %d bytes of disk", used)
	}
	var end [3]byte
	to.ReadAt(end[:], st.Size()-3)
	if string(end[:]) != "end" {
		t.Errorf("%q", end)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := copySparse(ctx, to, zeroReader{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func FuzzTarball(f *testing.F) {
	files, _ := ocitest.Tree{}.Saved(f, []string{"a:1"}, ocitest.Tar(f, "a", []byte("1")))
	f.Add(files.Archive(f, ""))
	layout := ocitest.Tree{}
	f.Add(layout.Layout(f, ocitest.Named(layout.Add(ocitest.Recipe{}.Bake(f)))).Archive(f, ""))
	dir := f.TempDir()
	ref := ocitest.Parse(f, "docker-archive:"+filepath.Join(dir, "x"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := os.WriteFile(ref.Path(), b, 0o644); err != nil {
			t.Fatal(err)
		}
		img, err := Resolve(t.Context(), ref, ocitest.AMD64, Options{Spool: dir})
		if err != nil {
			return
		}
		defer img.Close()
		for _, l := range img.Layers {
			if got, err := ocitest.Read(t, img, l); err == nil && int64(len(got)) > int64(len(b)) {
				t.Fatalf("%d bytes out of %d", len(got), len(b))
			}
		}
	})
}
