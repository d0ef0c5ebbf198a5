package archive

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
	"lxdocker/internal/oci"
	"lxdocker/internal/oci/ocitest"
)

// containerd is the annotation by which containerd names an image.
const containerd = "io.containerd.image.name"

func TestLayoutsAreRead(t *testing.T) {
	f := ocitest.Tree{}
	b := ocitest.Recipe{Layers: [][]byte{ocitest.Tar(t, "a", ocitest.Noise(1000, 1)), ocitest.Tar(t, "b", ocitest.Noise(2000, 2))}}.Bake(t)
	d := f.Add(b)
	dir := f.Layout(t, ocitest.Named(d, ocitest.RefName, "1.0")).Write(t)
	for _, ref := range []string{"oci:" + dir, "oci:" + dir + ":1.0", "oci:" + dir + ":@0", "oci:" + dir + ":@" + d.Digest} {
		img, err := resolve(t, ref, ocitest.AMD64)
		if err != nil {
			t.Errorf("%s: %v", ref, err)
			continue
		}
		if img.Digest != d.Digest || len(img.Layers) != 2 || img.Layers[1].DiffID != b.DiffIDs[1] || img.Config.Cmd[0] != "/hello" {
			t.Errorf("%s: %+v", ref, img)
		}
		for i, l := range img.Layers {
			if got, err := ocitest.Read(t, img, l); err != nil || !bytes.Equal(got, b.Layers[i]) {
				t.Errorf("%s: layer %d: %d bytes, %v", ref, i, len(got), err)
			}
		}
		if err := img.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestChoosingAnImageOfALayout(t *testing.T) {
	f := ocitest.Tree{}
	bake := func(author string, p oci.Platform) oci.Descriptor {
		return f.Add(ocitest.Recipe{Platform: p, Config: map[string]any{"author": author}}.Bake(t))
	}
	arm := oci.Platform{Architecture: "arm64", Variant: "v8"}
	one, two := bake("1", ocitest.AMD64), bake("2", ocitest.AMD64)
	oneARM := bake("1", arm)
	index := ocitest.Index(t, ocitest.Entry(one, ocitest.AMD64, nil), ocitest.Entry(oneARM, arm, nil))
	both := f.Blob(index)
	both.MediaType = mediatype.OCIIndex
	attestation := ocitest.Named(two, "vnd.docker.reference.type", "attestation-manifest")

	for name, c := range map[string]struct {
		entries []map[string]any
		ref     string
		want    oci.Descriptor
		says    string
	}{
		"the only one":                        {[]map[string]any{ocitest.Named(one)}, "", one, ""},
		"the only one beside its attestation": {[]map[string]any{ocitest.Named(one), attestation}, "", one, ""},
		"one index for all platforms":         {[]map[string]any{ocitest.Entry(both, oci.Platform{}, nil)}, "", one, ""},
		"one under two names":                 {[]map[string]any{ocitest.Named(one, ocitest.RefName, "a"), ocitest.Named(one, ocitest.RefName, "b")}, "", one, ""},
		"index.json lists the platforms":      {[]map[string]any{ocitest.Entry(oneARM, arm, nil), ocitest.Entry(one, ocitest.AMD64, nil)}, "", one, ""},
		"one name for several platforms":      {[]map[string]any{ocitest.Named(oneARM, ocitest.RefName, "x"), ocitest.Named(one, ocitest.RefName, "x")}, "x", one, ""},
		"several, without a REF":              {[]map[string]any{ocitest.Named(one, ocitest.RefName, "1.0"), ocitest.Named(two, ocitest.RefName, "2.0")}, "", oci.Descriptor{}, "2 images; add a colon and one of these names: 1.0, 2.0"},
		"several without names":               {[]map[string]any{ocitest.Named(one), ocitest.Named(two)}, "", oci.Descriptor{}, "@0, @1"},
		"two for one platform without names":  {[]map[string]any{ocitest.Entry(one, ocitest.AMD64, nil), ocitest.Entry(two, ocitest.AMD64, nil)}, "", oci.Descriptor{}, "@0, @1"},
		"by position":                         {[]map[string]any{ocitest.Named(one), attestation, ocitest.Named(two)}, "@2", two, ""},
		"by position, an attestation":         {[]map[string]any{ocitest.Named(one), attestation}, "@1", oci.Descriptor{}, `"@1"; it holds: @0`},
		"by digest":                           {[]map[string]any{ocitest.Named(one), ocitest.Named(two)}, "@" + two.Digest, two, ""},
		"by a digest inside of an index":      {[]map[string]any{ocitest.Entry(both, oci.Platform{}, nil)}, "@" + one.Digest, one, ""},
		"by tag":                              {[]map[string]any{ocitest.Named(one, ocitest.RefName, "1.0"), ocitest.Named(two, ocitest.RefName, "2.0")}, "2.0", two, ""},
		"by containerd's full name":           {[]map[string]any{ocitest.Named(one, containerd, "docker.io/library/a:1", ocitest.RefName, "1"), ocitest.Named(two, containerd, "docker.io/library/b:1", ocitest.RefName, "1")}, "docker.io/library/b:1", two, ""},
		"by a short form of the full name":    {[]map[string]any{ocitest.Named(one, containerd, "docker.io/library/a:latest"), ocitest.Named(two, containerd, "docker.io/library/b:latest")}, "b", two, ""},
		"by the tag of a full name":           {[]map[string]any{ocitest.Named(one, ocitest.RefName, "docker.io/library/a:1"), ocitest.Named(two, ocitest.RefName, "docker.io/library/b:2")}, "2", two, ""},
		"by a tag of several":                 {[]map[string]any{ocitest.Named(one, containerd, "docker.io/library/a:1", ocitest.RefName, "1"), ocitest.Named(two, containerd, "docker.io/library/b:1", ocitest.RefName, "1")}, "1", oci.Descriptor{}, "several images: docker.io/library/a:1, docker.io/library/b:1"},
		"a name that is not there":            {[]map[string]any{ocitest.Named(one, ocitest.RefName, "1.0")}, "1.1", oci.Descriptor{}, `no image of that name: "1.1"; it holds: 1.0`},
		"a position that is not there":        {[]map[string]any{ocitest.Named(one)}, "@7", oci.Descriptor{}, "@0"},
		"a digest that is not there":          {[]map[string]any{ocitest.Named(one)}, "@" + ocitest.SomeDigest, oci.Descriptor{}, "is not there"},
		"an empty layout":                     {nil, "", oci.Descriptor{}, "holds no image"},
		"a name with control characters":      {[]map[string]any{ocitest.Named(one, ocitest.RefName, "\x1b[2J"), ocitest.Named(two)}, "", oci.Descriptor{}, "names: ?[2J, @1"},
		"another platform":                    {[]map[string]any{ocitest.Named(oneARM)}, "", oci.Descriptor{}, "only for linux/arm64"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := f.Layout(t, c.entries...).Write(t)
			ref := "oci:" + dir
			if c.ref != "" {
				ref += ":" + c.ref
			}
			img, err := resolve(t, ref, ocitest.AMD64)
			if c.says != "" {
				ocitest.MustSay(t, err, c.says)
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
		damage func(t *testing.T, dir string, d oci.Descriptor)
		says   string
	}{
		"no oci-layout": {func(t *testing.T, dir string, _ oci.Descriptor) { os.Remove(dir + "/oci-layout") }, "is no OCI layout"},
		"oci-layout of the future": {func(t *testing.T, dir string, _ oci.Descriptor) {
			os.WriteFile(dir+"/oci-layout", []byte(`{"imageLayoutVersion":"2.0.0"}`), 0o644)
		}, `version "2.0.0" is not known`},
		"no index.json": {func(t *testing.T, dir string, _ oci.Descriptor) { os.Remove(dir + "/index.json") }, "index.json is not there"},
		"a manifest as index.json": {func(t *testing.T, dir string, d oci.Descriptor) {
			b, _ := os.ReadFile(dir + "/" + blobName(d.Digest))
			os.WriteFile(dir+"/index.json", b, 0o644)
		}, "it is no index"},
		"index.json too large": {func(t *testing.T, dir string, _ oci.Descriptor) { os.Truncate(dir+"/index.json", oci.MaxManifest+1) }, "not read"},
		"a manifest is missing": {func(t *testing.T, dir string, d oci.Descriptor) {
			os.Remove(dir + "/" + blobName(d.Digest))
		}, "is not there"},
		"a manifest was changed": {func(t *testing.T, dir string, d oci.Descriptor) {
			os.WriteFile(dir+"/"+blobName(d.Digest), []byte("{}"), 0o644)
		}, "has the digest sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"},
		"a link out of the folder": {func(t *testing.T, dir string, _ oci.Descriptor) {
			os.Remove(dir + "/index.json")
			os.Symlink(outside, dir+"/index.json")
		}, "escapes"},
		"a FIFO": {func(t *testing.T, dir string, _ oci.Descriptor) {
			os.Remove(dir + "/index.json")
			if err := syscall.Mkfifo(dir+"/index.json", 0o644); err != nil {
				t.Fatal(err)
			}
		}, "no regular file"},
		"a folder": {func(t *testing.T, dir string, _ oci.Descriptor) {
			os.Remove(dir + "/index.json")
			os.Mkdir(dir+"/index.json", 0o755)
		}, "no regular file"},
		"no folder": {func(t *testing.T, dir string, _ oci.Descriptor) { os.RemoveAll(dir) }, "no such file"},
		"a file, no folder": {func(t *testing.T, dir string, _ oci.Descriptor) {
			os.RemoveAll(dir)
			os.WriteFile(dir, nil, 0o644)
		}, "use oci-archive:"},
	} {
		t.Run(name, func(t *testing.T) {
			f := ocitest.Tree{}
			d := f.Add(ocitest.Recipe{}.Bake(t))
			dir := f.Layout(t, ocitest.Named(d)).Write(t)
			c.damage(t, dir, d)
			_, err := resolve(t, "oci:"+dir, ocitest.AMD64)
			ocitest.MustSay(t, err, c.says)
		})
	}
}

func TestALayerThatIsMissingIsFoundWhenItIsOpened(t *testing.T) {
	f := ocitest.Tree{}
	b := ocitest.Recipe{}.Bake(t)
	dir := f.Layout(t, ocitest.Named(f.Add(b))).Write(t)
	os.Remove(filepath.Join(dir, blobName(oci.DigestOf(b.Layers[0]))))
	img, err := resolve(t, "oci:"+dir, ocitest.AMD64)
	if err != nil {
		t.Fatal(err)
	}
	_, err = img.Open(t.Context(), img.Layers[0])
	ocitest.MustSay(t, err, "fetching layer "+img.Layers[0].Digest+" of oci:"+dir, "is not there")
}

func TestLocalReadsCanBeCancelled(t *testing.T) {
	f := ocitest.Tree{}
	dir := f.Layout(t, ocitest.Named(f.Add(ocitest.Recipe{}.Bake(t)))).Write(t)
	img, err := resolve(t, "oci:"+dir, ocitest.AMD64)
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
