package oci

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
)

// archive makes a tar of files in sorted order, below an optional prefix.
func (f tree) archive(t testing.TB, prefix string) []byte {
	var list []any
	for _, name := range slices.Sorted(maps.Keys(f)) {
		list = append(list, prefix+name, f[name])
	}
	return tarOf(t, list...)
}

func fileOf(t testing.TB, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "image.tar")
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// saved makes what docker save wrote before Docker 25.
func (f tree) saved(t testing.TB, tags []string, plain ...[]byte) (tree, baked) {
	b := recipe{layers: plain}.bake(t)
	id := strings.TrimPrefix(digestOf(b.config), "sha256:")
	m := map[string]any{"Config": id + ".json", "RepoTags": tags}
	var names []string
	for i, p := range plain {
		name := strings.TrimPrefix(b.diffIDs[i], "sha256:") + "/layer.tar"
		f[name] = p
		names = append(names, name)
	}
	m["Layers"] = names
	f[id+".json"] = b.config
	f["manifest.json"] = jsonOf(t, []any{m})
	return f, b
}

func TestArchivesAreRead(t *testing.T) {
	layers := [][]byte{tarOf(t, "a", noise(10_000, 1)), tarOf(t, "b", make([]byte, 300_000))}
	b := recipe{layers: layers}.bake(t)
	ociFiles := tree{}
	d := ociFiles.add(b)
	ociFiles.layout(t, named(d, refName, "1.0"))
	dockerFiles, saved := tree{}.saved(t, []string{"nginx:1.0"}, layers...)
	dual := tree{}
	maps.Copy(dual, dockerFiles)
	maps.Copy(dual, ociFiles)
	zstded := func(b []byte) []byte {
		w, _ := zstd.NewWriter(nil)
		return w.EncodeAll(b, nil)
	}
	fromDocker := digestOf([]byte("docker-archive config " + digestOf(saved.config) + "\n"))

	for name, c := range map[string]struct {
		content []byte
		digest  string
		blobs   [][]byte
	}{
		"OCI":                      {ociFiles.archive(t, ""), d.Digest, b.layers},
		"OCI, names begin with ./": {ociFiles.archive(t, "./"), d.Digest, b.layers},
		"OCI, names begin with /":  {ociFiles.archive(t, "/"), d.Digest, b.layers},
		"OCI, gzip":                {gzipped(t, ociFiles.archive(t, "")), d.Digest, b.layers},
		"OCI, zstd":                {zstded(ociFiles.archive(t, "")), d.Digest, b.layers},
		"OCI, zstd that begins with a skippable frame": {append([]byte("\x51\x2a\x4d\x18\x03\x00\x00\x00abc"), zstded(ociFiles.archive(t, ""))...), d.Digest, b.layers},
		"Docker":             {dockerFiles.archive(t, ""), fromDocker, layers},
		"Docker, gzip":       {gzipped(t, dockerFiles.archive(t, "")), fromDocker, layers},
		"both, as Docker 25": {dual.archive(t, ""), d.Digest, b.layers},
	} {
		for _, kind := range []string{"oci-archive:", "docker-archive:"} {
			t.Run(name+" as "+kind, func(t *testing.T) {
				client := newTestClient(t)
				img, err := client.Resolve(t.Context(), mustParse(t, kind+fileOf(t, c.content)+":1.0"), amd64)
				if err != nil {
					t.Fatal(err)
				}
				if img.Digest != c.digest || img.Config.Cmd[0] != "/hello" || len(img.Layers) != 2 {
					t.Errorf("%+v", img)
				}
				for i, l := range img.Layers {
					got, err := readLayer(t, img, l)
					if err != nil || !bytes.Equal(got, c.blobs[i]) || digestOf(got) != l.Digest || l.DiffID != b.diffIDs[i] || l.Size != int64(len(got)) {
						t.Errorf("layer %d: %d bytes of %+v, %v", i, len(got), l, err)
					}
				}
				if left, _ := os.ReadDir(client.cache.dir); len(left) != 0 {
					t.Errorf("left in the cache: %v", left)
				}
				if err := img.Close(); err != nil {
					t.Error(err)
				}
				if _, err := readLayer(t, img, img.Layers[0]); err == nil {
					t.Error("a closed archive was read")
				}
			})
		}
	}
}

func TestTheDigestOfADockerArchiveDependsOnItsConfigOnly(t *testing.T) {
	layer := tarOf(t, "a", []byte("1"))
	digests := map[string]bool{}
	for _, f := range []func(tree) []byte{
		func(f tree) []byte { return f.archive(t, "") },
		func(f tree) []byte { return f.archive(t, "./") },
		func(f tree) []byte { return gzipped(t, f.archive(t, "")) },
	} {
		for _, tag := range []string{"a:1", "b:2"} {
			files, _ := tree{}.saved(t, []string{tag}, layer)
			img, err := newTestClient(t).Resolve(t.Context(), mustParse(t, "docker-archive:"+fileOf(t, f(files))), amd64)
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
	layer := tarOf(t, "a", noise(5000, 1))
	files, b := tree{}.saved(t, nil, layer)
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
			buf.Write(rest.archive(t, ""))
			img, err := newTestClient(t).Resolve(t.Context(), mustParse(t, "docker-archive:"+fileOf(t, buf.Bytes())), amd64)
			switch kind {
			case "a loop":
				mustContain(t, err, "too many links")
			case "out of the archive":
				mustContain(t, err, "layer 1 of 1", "is not there")
			default:
				if err != nil {
					t.Fatal(err)
				}
				if got, err := readLayer(t, img, img.Layers[0]); err != nil || !bytes.Equal(got, layer) || img.Layers[0].Digest != b.diffIDs[0] {
					t.Errorf("%d bytes, %v", len(got), err)
				}
			}
		})
	}
}

func TestCompressedLayersOfDockerArchives(t *testing.T) {
	layer := tarOf(t, "a", noise(5000, 1))
	for mediaType, blob := range map[string][]byte{mediatype.Tar: layer, mediatype.TarGzip: gzipped(t, layer)} {
		files, b := tree{}.saved(t, nil, layer)
		for name := range files {
			if strings.HasSuffix(name, "/layer.tar") {
				files[name] = blob
			}
		}
		img, err := newTestClient(t).Resolve(t.Context(), mustParse(t, "docker-archive:"+fileOf(t, files.archive(t, ""))), amd64)
		if err != nil {
			t.Fatal(err)
		}
		want := Layer{digestOf(blob), b.diffIDs[0], mediaType, int64(len(blob))}
		if img.Layers[0] != want {
			t.Errorf("%+v, want %+v", img.Layers[0], want)
		}
	}
	files, _ := tree{}.saved(t, nil, []byte("\xfd7zXZ\x00..."))
	_, err := newTestClient(t).Resolve(t.Context(), mustParse(t, "docker-archive:"+fileOf(t, files.archive(t, ""))), amd64)
	mustContain(t, err, "layer 1 of 1", "compressed by xz")
}

func TestChoosingAnImageOfADockerArchive(t *testing.T) {
	f := tree{}
	var list []any
	for i, tags := range [][]string{{"nginx:1.27", "nginx:latest"}, {"ghcr.io/o/n:2"}, nil} {
		one, _ := tree{}.saved(t, tags, tarOf(t, "n", []byte{byte(i)}))
		m := string(one["manifest.json"])
		list = append(list, rawJSON(m[1:len(m)-1]))
		maps.Copy(f, one)
	}
	f["manifest.json"] = jsonOf(t, list)
	path := fileOf(t, f.archive(t, ""))
	for ref, want := range map[string]int{
		":nginx": 0, ":nginx:1.27": 0, ":docker.io/library/nginx:1.27": 0, ":1.27": 0, ":@0": 0,
		":ghcr.io/o/n:2": 1, ":2": 1, ":@1": 1, ":@2": 2,
	} {
		img, err := newTestClient(t).Resolve(t.Context(), mustParse(t, "docker-archive:"+path+ref), amd64)
		if err != nil {
			t.Errorf("%s: %v", ref, err)
			continue
		}
		if got, _ := readLayer(t, img, img.Layers[0]); !bytes.Equal(got, tarOf(t, "n", []byte{byte(want)})) {
			t.Errorf("%s: another image", ref)
		}
	}
	for ref, says := range map[string]string{
		"":       "3 images; add a colon and one of these names: nginx:1.27, ghcr.io/o/n:2, @2",
		":redis": `no image of that name: "redis"; it holds: nginx:1.27, ghcr.io/o/n:2, @2`,
	} {
		_, err := newTestClient(t).Resolve(t.Context(), mustParse(t, "docker-archive:"+path+ref), amd64)
		mustContain(t, err, says)
	}
}

type rawJSON string

func (r rawJSON) MarshalJSON() ([]byte, error) { return []byte(r), nil }

// TestDualArchivesThatNameImagesOnlyInOnePlace: the OCI half of what docker save
// writes is not always named.
func TestDualArchivesThatNameImagesOnlyInManifestJSON(t *testing.T) {
	layer := tarOf(t, "a", []byte("1"))
	f, _ := tree{}.saved(t, []string{"nginx:1.27"}, layer)
	f.layout(t, named(f.add(recipe{layers: [][]byte{layer}}.bake(t))))
	img, err := newTestClient(t).Resolve(t.Context(), mustParse(t, "docker-archive:"+fileOf(t, f.archive(t, ""))+":nginx:1.27"), amd64)
	if err != nil || img.Layers[0].MediaType != mediatype.Tar {
		t.Fatal(img, err)
	}
}

func TestBrokenArchivesAreRefused(t *testing.T) {
	files, _ := tree{}.saved(t, nil, tarOf(t, "a", noise(5000, 1)))
	good := files.archive(t, "")
	without := func(suffix string) []byte {
		f := maps.Clone(files)
		maps.DeleteFunc(f, func(name string, _ []byte) bool { return strings.HasSuffix(name, suffix) })
		return f.archive(t, "")
	}
	with := func(name, content string) []byte {
		f := maps.Clone(files)
		f[name] = []byte(content)
		return f.archive(t, "")
	}
	lists := tree{}
	d := lists.add(recipe{}.bake(t))
	lists.layout(t, named(d))
	delete(lists, blobName(d.Digest))
	for name, c := range map[string]struct {
		content []byte
		says    string
	}{
		"empty":                          {nil, "it is empty"},
		"no tar":                         {bytes.Repeat([]byte("x"), 2000), "as a tar archive"},
		"cut off in a file":              {good[:3000], "cut off after"},
		"cut off in gzip":                {gzipped(t, good)[:2000], "unexpected EOF"},
		"xz":                             {[]byte("\xfd7zXZ\x00 and so on"), "compressed by xz: unpack it first"},
		"bzip2":                          {[]byte("BZh91AY"), "compressed by bzip2"},
		"some other tar":                 {tarOf(t, "etc/passwd", []byte("x")), "neither oci-layout nor manifest.json"},
		"Docker before 1.10":             {tarOf(t, "repositories", []byte("{}")), "older than 1.10"},
		"manifest.json is no JSON":       {with("manifest.json", "<html>"), "reading manifest.json"},
		"manifest.json lists nothing":    {with("manifest.json", "[]"), "holds no image"},
		"manifest.json without a config": {with("manifest.json", "[{}]"), "reading config"},
		"manifest.json leads outside":    {with("manifest.json", `[{"Config":"../../../../etc/hostname"}]`), "is not there"},
		"no config":                      {without(".json")[:0:0], "it is empty"},
		"no layer":                       {without("layer.tar"), "layer 1 of 1"},
		"more layers than diffIDs":       {with("manifest.json", strings.Replace(string(files["manifest.json"]), `"Layers":[`, `"Layers":["x",`, 1)), "names 2 layers"},
		"lists what it does not hold":    {lists.archive(t, ""), "saved for another platform?"},
	} {
		t.Run(name, func(t *testing.T) {
			client := newTestClient(t)
			path := fileOf(t, c.content)
			_, err := client.Resolve(t.Context(), mustParse(t, "docker-archive:"+path), amd64)
			mustContain(t, err, c.says, "resolving docker-archive:"+path)
			if left, _ := os.ReadDir(client.cache.dir); len(left) != 0 {
				t.Errorf("left in the cache: %v", left)
			}
		})
	}
	t.Run("a folder", func(t *testing.T) {
		_, err := newTestClient(t).Resolve(t.Context(), mustParse(t, "oci-archive:"+t.TempDir()), amd64)
		mustContain(t, err, "use oci:")
	})
	t.Run("a device", func(t *testing.T) {
		_, err := newTestClient(t).Resolve(t.Context(), mustParse(t, "oci-archive:/dev/zero"), amd64)
		mustContain(t, err, "no regular file")
	})
}

func TestAnArchiveForAnotherPlatformIsRefused(t *testing.T) {
	f, _ := tree{}.saved(t, nil, tarOf(t, "a", []byte("1")))
	_, err := newTestClient(t).Resolve(t.Context(), mustParse(t, "docker-archive:"+fileOf(t, f.archive(t, ""))), Platform{Architecture: "arm64"})
	mustContain(t, err, "no image for linux/arm64, only for linux/amd64")
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
	files, _ := tree{}.saved(f, []string{"a:1"}, tarOf(f, "a", []byte("1")))
	f.Add(files.archive(f, ""))
	layout := tree{}
	f.Add(layout.layout(f, named(layout.add(recipe{}.bake(f)))).archive(f, ""))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(dir, "x")
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		c := newTestClient(t)
		img, err := c.Resolve(t.Context(), Reference{kind: kindDockerArchive, path: path}, amd64)
		if err != nil {
			return
		}
		defer img.Close()
		for _, l := range img.Layers {
			if got, err := readLayer(t, img, l); err == nil && int64(len(got)) > int64(len(b)) {
				t.Fatalf("%d bytes out of %d", len(got), len(b))
			}
		}
	})
}
