package lxdimage_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"runtime"
	"slices"
	"testing"

	"github.com/ulikunitz/xz"

	"lxdocker/internal/block"
	"lxdocker/internal/lxdimage"
	"lxdocker/internal/rootfs"
)

// memory is an Output that keeps everything.
type memory struct {
	scratch string
	kinds   []string
	files   map[string]*bytes.Buffer
}

func (m *memory) Scratch() string { return m.scratch }

func (m *memory) Create(kind, name string) (io.WriteCloser, error) {
	m.kinds = append(m.kinds, kind+" "+name)
	m.files[name] = new(bytes.Buffer)
	return nopCloser{m.files[name]}, nil
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

var metadata = lxdimage.Metadata{
	Architecture: "amd64",
	CreationDate: 1659595589,
	Properties:   map[string]string{"os": "web", "description": "a: b\n\"c\""},
	Templates: []lxdimage.Template{
		{Path: "/etc/hostname", When: []string{"create", "copy"}, Name: "hostname.tpl", Content: []byte("{{ container.name }}\n")},
	},
}

func options(f lxdimage.Format) lxdimage.Options {
	return lxdimage.Options{Format: f, Codec: block.NewCodec(block.Default)}
}

func write(t *testing.T, format lxdimage.Format) *memory {
	t.Helper()
	return writeTree(t, format, plainTree(t))
}

func plainTree(t *testing.T) *rootfs.Tree {
	t.Helper()
	tree := rootfs.New()
	if err := tree.Put("sbin/init", rootfs.Inode{Kind: rootfs.File, Mode: 0o755, Content: rootfs.Bytes("#!/busybox-lxd sh\n")}); err != nil {
		t.Fatal(err)
	}
	return tree
}

func writeTree(t *testing.T, format lxdimage.Format, tree *rootfs.Tree) *memory {
	t.Helper()
	m := &memory{scratch: t.TempDir(), files: map[string]*bytes.Buffer{}}
	if err := lxdimage.Write(context.Background(), m, options(format), metadata, tree); err != nil {
		t.Fatal(err)
	}
	return m
}

func names(t *testing.T, r io.Reader) (all []string) {
	t.Helper()
	archive := tar.NewReader(r)
	for {
		h, err := archive.Next()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, h.Name)
	}
}

func TestSplitImageIsMetadataThenSquashfs(t *testing.T) {
	m := write(t, lxdimage.Squashfs)
	if want := []string{"metadata lxd.tar.xz", "squashfs rootfs.squashfs"}; !slices.Equal(m.kinds, want) {
		t.Fatalf("files %q, want %q", m.kinds, want)
	}
	r, err := xz.NewReader(m.files["lxd.tar.xz"])
	if err != nil {
		t.Fatal(err)
	}
	if got, want := names(t, r), []string{"metadata.yaml", "config.json", "templates/", "templates/hostname.tpl"}; !slices.Equal(got, want) {
		t.Errorf("metadata archive holds %q, want %q", got, want)
	}
	if !bytes.HasPrefix(m.files["rootfs.squashfs"].Bytes(), []byte("hsqs")) {
		t.Error("rootfs.squashfs is no squashfs")
	}
}

func TestT23UnifiedImageHasMetadataFirst(t *testing.T) {
	want := []string{"metadata.yaml", "config.json", "templates/", "templates/hostname.tpl", "rootfs/", "rootfs/sbin/", "rootfs/sbin/init"}
	if got := names(t, write(t, lxdimage.Tar).files["lxd_combined.tar"]); !slices.Equal(got, want) {
		t.Errorf("tar holds %q, want %q", got, want)
	}
	r, err := gzip.NewReader(write(t, lxdimage.Gzip).files["lxd_combined.tar.gz"])
	if err != nil {
		t.Fatal(err)
	}
	if got := names(t, r); !slices.Equal(got, want) {
		t.Errorf("tar.gz holds %q, want %q", got, want)
	}
}

func TestSameInputSameBytes(t *testing.T) {
	tree := capableTree(t)
	for _, format := range []lxdimage.Format{lxdimage.Squashfs, lxdimage.Gzip, lxdimage.Tar} {
		first := writeTree(t, format, tree)
		before := runtime.GOMAXPROCS(1)
		second := writeTree(t, format, tree)
		runtime.GOMAXPROCS(before)
		for name, file := range first.files {
			if !bytes.Equal(file.Bytes(), second.files[name].Bytes()) {
				t.Errorf("%s: %s differs from one run to the next", format, name)
			}
		}
	}
}

func TestMetadataYAML(t *testing.T) {
	got, err := metadata.YAML()
	if err != nil {
		t.Fatal(err)
	}
	want := `architecture: amd64
creation_date: 1659595589
expiry_date: 0
properties:
    description: |-
        a: b
        "c"
    os: web
templates:
    /etc/hostname:
        when:
            - create
            - copy
        create_only: false
        template: hostname.tpl
        properties: {}
`
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestUnknownFormatIsNamed(t *testing.T) {
	if _, err := lxdimage.ParseFormat("zip"); err == nil {
		t.Error("zip was accepted")
	}
}
