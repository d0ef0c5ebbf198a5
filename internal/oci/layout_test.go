package oci

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"lxdocker/internal/mediatype"
)

// files of a layout, by name.
type tree map[string][]byte

func (f tree) blob(b []byte) descriptor {
	d := descriptor{Digest: digestOf(b), Size: int64(len(b))}
	f[blobName(d.Digest)] = b
	return d
}

// add stores a baked image and returns its descriptor.
func (f tree) add(b baked) descriptor {
	f.blob(b.config)
	for _, l := range b.layers {
		f.blob(l)
	}
	d := f.blob(b.manifest)
	d.MediaType = mediatype.OCIManifest
	return d
}

// layoutOf makes a layout whose index.json has the entries.
func (f tree) layout(t testing.TB, entries ...map[string]any) tree {
	f["oci-layout"] = []byte(`{"imageLayoutVersion":"1.0.0"}`)
	f["index.json"] = indexOf(t, entries...)
	return f
}

// write writes the files into a fresh folder, and returns it.
func (f tree) write(t testing.TB) string {
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

func named(d descriptor, annotations ...string) map[string]any {
	a := map[string]any{}
	for i := 0; i < len(annotations); i += 2 {
		a[annotations[i]] = annotations[i+1]
	}
	return entry(d, Platform{}, map[string]any{"annotations": a})
}

const (
	refName    = "org.opencontainers.image.ref.name"
	containerd = "io.containerd.image.name"
)

func TestLayoutsAreRead(t *testing.T) {
	f := tree{}
	b := recipe{layers: [][]byte{tarOf(t, "a", noise(1000, 1)), tarOf(t, "b", noise(2000, 2))}}.bake(t)
	d := f.add(b)
	dir := f.layout(t, named(d, refName, "1.0")).write(t)
	for _, ref := range []string{"oci:" + dir, "oci:" + dir + ":1.0", "oci:" + dir + ":@0", "oci:" + dir + ":@" + d.Digest} {
		img, err := newTestClient(t).Resolve(t.Context(), mustParse(t, ref), amd64)
		if err != nil {
			t.Errorf("%s: %v", ref, err)
			continue
		}
		if img.Digest != d.Digest || len(img.Layers) != 2 || img.Layers[1].DiffID != b.diffIDs[1] || img.Config.Cmd[0] != "/hello" {
			t.Errorf("%s: %+v", ref, img)
		}
		for i, l := range img.Layers {
			if got, err := readLayer(t, img, l); err != nil || !bytes.Equal(got, b.layers[i]) {
				t.Errorf("%s: layer %d: %d bytes, %v", ref, i, len(got), err)
			}
		}
		if err := img.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestChoosingAnImageOfALayout(t *testing.T) {
	f := tree{}
	bake := func(author string, p Platform) descriptor {
		return f.add(recipe{platform: p, config: map[string]any{"author": author}}.bake(t))
	}
	arm := Platform{"arm64", "v8"}
	one, two := bake("1", amd64), bake("2", amd64)
	oneARM := bake("1", arm)
	index := indexOf(t, entry(one, amd64, nil), entry(oneARM, arm, nil))
	both := f.blob(index)
	both.MediaType = mediatype.OCIIndex
	attestation := named(two, "vnd.docker.reference.type", "attestation-manifest")

	for name, c := range map[string]struct {
		entries []map[string]any
		ref     string
		want    descriptor
		says    string
	}{
		"the only one":                        {[]map[string]any{named(one)}, "", one, ""},
		"the only one beside its attestation": {[]map[string]any{named(one), attestation}, "", one, ""},
		"one index for all platforms":         {[]map[string]any{entry(both, Platform{}, nil)}, "", one, ""},
		"one under two names":                 {[]map[string]any{named(one, refName, "a"), named(one, refName, "b")}, "", one, ""},
		"index.json lists the platforms":      {[]map[string]any{entry(oneARM, arm, nil), entry(one, amd64, nil)}, "", one, ""},
		"one name for several platforms":      {[]map[string]any{named(oneARM, refName, "x"), named(one, refName, "x")}, "x", one, ""},
		"several, without a REF":              {[]map[string]any{named(one, refName, "1.0"), named(two, refName, "2.0")}, "", descriptor{}, "2 images; add a colon and one of these names: 1.0, 2.0"},
		"several without names":               {[]map[string]any{named(one), named(two)}, "", descriptor{}, "@0, @1"},
		"two for one platform without names":  {[]map[string]any{entry(one, amd64, nil), entry(two, amd64, nil)}, "", descriptor{}, "@0, @1"},
		"by position":                         {[]map[string]any{named(one), attestation, named(two)}, "@2", two, ""},
		"by position, an attestation":         {[]map[string]any{named(one), attestation}, "@1", descriptor{}, `"@1"; it holds: @0`},
		"by digest":                           {[]map[string]any{named(one), named(two)}, "@" + two.Digest, two, ""},
		"by a digest inside of an index":      {[]map[string]any{entry(both, Platform{}, nil)}, "@" + one.Digest, one, ""},
		"by tag":                              {[]map[string]any{named(one, refName, "1.0"), named(two, refName, "2.0")}, "2.0", two, ""},
		"by containerd's full name":           {[]map[string]any{named(one, containerd, "docker.io/library/a:1", refName, "1"), named(two, containerd, "docker.io/library/b:1", refName, "1")}, "docker.io/library/b:1", two, ""},
		"by a short form of the full name":    {[]map[string]any{named(one, containerd, "docker.io/library/a:latest"), named(two, containerd, "docker.io/library/b:latest")}, "b", two, ""},
		"by the tag of a full name":           {[]map[string]any{named(one, refName, "docker.io/library/a:1"), named(two, refName, "docker.io/library/b:2")}, "2", two, ""},
		"by a tag of several":                 {[]map[string]any{named(one, containerd, "docker.io/library/a:1", refName, "1"), named(two, containerd, "docker.io/library/b:1", refName, "1")}, "1", descriptor{}, "several images: docker.io/library/a:1, docker.io/library/b:1"},
		"a name that is not there":            {[]map[string]any{named(one, refName, "1.0")}, "1.1", descriptor{}, `no image of that name: "1.1"; it holds: 1.0`},
		"a position that is not there":        {[]map[string]any{named(one)}, "@7", descriptor{}, "@0"},
		"a digest that is not there":          {[]map[string]any{named(one)}, "@" + someDigest, descriptor{}, "is not there"},
		"an empty layout":                     {nil, "", descriptor{}, "holds no image"},
		"a name with control characters":      {[]map[string]any{named(one, refName, "\x1b[2J"), named(two)}, "", descriptor{}, "names: ?[2J, @1"},
		"another platform":                    {[]map[string]any{named(oneARM)}, "", descriptor{}, "only for linux/arm64"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := f.layout(t, c.entries...).write(t)
			ref := "oci:" + dir
			if c.ref != "" {
				ref += ":" + c.ref
			}
			img, err := newTestClient(t).Resolve(t.Context(), mustParse(t, ref), amd64)
			if c.says != "" {
				mustContain(t, err, c.says)
				if strings.Contains(err.Error(), "\x1b") {
					t.Errorf("%q", err)
				}
				return
			}
			if err != nil || img.Digest != c.want.Digest {
				t.Error(img, err)
			}
		})
	}
}

func TestBrokenLayoutsAreRefused(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		damage func(t *testing.T, dir string, d descriptor)
		says   string
	}{
		"no oci-layout": {func(t *testing.T, dir string, _ descriptor) { os.Remove(dir + "/oci-layout") }, "is no OCI layout"},
		"oci-layout of the future": {func(t *testing.T, dir string, _ descriptor) {
			os.WriteFile(dir+"/oci-layout", []byte(`{"imageLayoutVersion":"2.0.0"}`), 0o644)
		}, `version "2.0.0" is not known`},
		"no index.json": {func(t *testing.T, dir string, _ descriptor) { os.Remove(dir + "/index.json") }, "index.json is not there"},
		"a manifest as index.json": {func(t *testing.T, dir string, d descriptor) {
			b, _ := os.ReadFile(dir + "/" + blobName(d.Digest))
			os.WriteFile(dir+"/index.json", b, 0o644)
		}, "it is no index"},
		"index.json too large": {func(t *testing.T, dir string, _ descriptor) { os.Truncate(dir+"/index.json", maxManifest+1) }, "not read"},
		"a manifest is missing": {func(t *testing.T, dir string, d descriptor) {
			os.Remove(dir + "/" + blobName(d.Digest))
		}, "is not there"},
		"a manifest was changed": {func(t *testing.T, dir string, d descriptor) {
			os.WriteFile(dir+"/"+blobName(d.Digest), []byte("{}"), 0o644)
		}, "has the digest sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"},
		"a link out of the folder": {func(t *testing.T, dir string, _ descriptor) {
			os.Remove(dir + "/index.json")
			os.Symlink(outside, dir+"/index.json")
		}, "escapes"},
		"a FIFO": {func(t *testing.T, dir string, _ descriptor) {
			os.Remove(dir + "/index.json")
			if err := syscall.Mkfifo(dir+"/index.json", 0o644); err != nil {
				t.Fatal(err)
			}
		}, "no regular file"},
		"a folder": {func(t *testing.T, dir string, _ descriptor) {
			os.Remove(dir + "/index.json")
			os.Mkdir(dir+"/index.json", 0o755)
		}, "no regular file"},
		"no folder": {func(t *testing.T, dir string, _ descriptor) { os.RemoveAll(dir) }, "no such file"},
		"a file, no folder": {func(t *testing.T, dir string, _ descriptor) {
			os.RemoveAll(dir)
			os.WriteFile(dir, nil, 0o644)
		}, "use oci-archive:"},
	} {
		t.Run(name, func(t *testing.T) {
			f := tree{}
			d := f.add(recipe{}.bake(t))
			dir := f.layout(t, named(d)).write(t)
			c.damage(t, dir, d)
			_, err := newTestClient(t).Resolve(t.Context(), mustParse(t, "oci:"+dir), amd64)
			mustContain(t, err, c.says, "resolving oci:"+dir)
		})
	}
}

func TestALayerThatIsMissingIsFoundWhenItIsOpened(t *testing.T) {
	f := tree{}
	b := recipe{}.bake(t)
	dir := f.layout(t, named(f.add(b))).write(t)
	os.Remove(filepath.Join(dir, blobName(digestOf(b.layers[0]))))
	img, err := newTestClient(t).Resolve(t.Context(), mustParse(t, "oci:"+dir), amd64)
	if err != nil {
		t.Fatal(err)
	}
	_, err = img.Open(t.Context(), img.Layers[0])
	mustContain(t, err, "fetching layer "+img.Layers[0].Digest+" of oci:"+dir, "is not there")
}

func TestLocalReadsCanBeCancelled(t *testing.T) {
	f := tree{}
	dir := f.layout(t, named(f.add(recipe{}.bake(t)))).write(t)
	img, err := newTestClient(t).Resolve(t.Context(), mustParse(t, "oci:"+dir), amd64)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r, err := img.Open(ctx, img.Layers[0])
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cancel()
	if _, err := io.ReadAll(r); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
