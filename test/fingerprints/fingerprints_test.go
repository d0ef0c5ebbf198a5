package fingerprints_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"hash"
	"io"
	"os"
	"strings"
	"testing"

	"lxdocker/internal/block"
	"lxdocker/internal/layer"
	"lxdocker/internal/lxdimage"
	"lxdocker/internal/rootfs"
)

var update = flag.Bool("update", false, "write the fingerprints anew")

const (
	goldenFile = "testdata/fingerprints.txt"
	stacks     = 200
	header     = `# The fingerprints of images of random stacks of layers, one stack a line: its number, squashfs at the
# levels fast, default and best, unified gzip, unified tar; of each the first 16 bytes. A split image with
# capabilities has a second fingerprint, that of its tarball, after a "+".
#
# Users have images with such fingerprints, and caches have packs. If a change makes other ones on purpose,
# or a new release of the zstd, gzip or xz library does, raise FormatVersion of the images, and that of the packs
# if blocks of files change (TestBytesAreThoseOfTheLastRelease tells). Then write this file anew with -update.
`
)

// An image is a function of its layers, and stays so from release to release.
// A quarter of the stacks show that at once.
func TestFingerprintsStay(t *testing.T) {
	if *update {
		write(t)
		return
	}
	compare(t, func(number int) bool { return number%4 == 0 })
}

func TestFingerprintsStayAtScale(t *testing.T) {
	compare(t, func(number int) bool { return number%4 != 0 })
}

func write(t *testing.T) {
	f := newFactory(t)
	var lines strings.Builder
	lines.WriteString(header)
	for n := range stacks {
		lines.WriteString(f.line(t, n) + "\n")
	}
	if err := os.WriteFile(goldenFile, []byte(lines.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// compare makes the images of those stacks that are wanted.
func compare(t *testing.T, wanted func(number int) bool) {
	golden, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	was := strings.Split(strings.TrimPrefix(string(golden), header), "\n")
	if len(was) != stacks+1 {
		t.Fatalf("%s has %d lines after its head, want %d", goldenFile, len(was)-1, stacks)
	}
	f := newFactory(t)
	var got, want []string
	for n := range stacks {
		if wanted(n) {
			got, want = append(got, f.line(t, n)), append(want, was[n])
		}
	}
	report(t, got, want)
}

// report names the images that are others now.
func report(t *testing.T, got, want []string) {
	columns := []string{"stack", "squashfs at fast", "squashfs at default", "squashfs at best", "gzip", "tar"}
	changed := 0
	for i := range got {
		if got[i] == want[i] {
			continue
		}
		if changed++; changed > 5 {
			continue
		}
		now, before := strings.Fields(got[i]), strings.Fields(want[i])
		for c := range min(len(now), len(before), len(columns)) {
			if now[c] != before[c] {
				t.Errorf("stack %s: %s is %s, and was %s", now[0], columns[c], now[c], before[c])
			}
		}
	}
	if changed > 0 {
		t.Errorf("%d lines changed; the head of %s says what that means", changed, goldenFile)
	}
}

var levels = []block.Level{block.Fast, block.Default, block.Best}

// factory makes images, with one cache of layers for each level.
type factory struct {
	scratch string
	caches  []*layer.Cache                // by level
	codecs  map[*layer.Cache]*block.Codec // of images, which at best would each make an encoder
}

func newFactory(t *testing.T) *factory {
	dir, err := os.MkdirTemp("/dev/shm", "fingerprints-") // what is synced there costs nothing
	if err != nil {
		dir = t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	f := &factory{scratch: dir, codecs: make(map[*layer.Cache]*block.Codec)}
	for _, level := range levels {
		layers, err := layer.Open(dir+"/layers", 0, block.NewCodec(level))
		if err != nil {
			t.Fatal(err)
		}
		f.caches = append(f.caches, layers)
		f.codecs[layers] = layers.Codec().SingleThreaded()
	}
	return f
}

// line makes all images of one stack.
func (f *factory) line(t *testing.T, number int) string {
	s := &stack{dice: dice(number), large: number%25 == 7}
	var blobs []blob
	for i, members := range s.layers() {
		blobs = append(blobs, blobOf(t, members, (number+i)%2 == 0))
	}
	line := fmt.Sprintf("%03d", number)
	for _, layers := range f.caches {
		line += " " + f.image(t, number, layers, blobs, lxdimage.Squashfs)
	}
	line += " " + f.image(t, number, f.caches[0], blobs, lxdimage.Gzip)
	return line + " " + f.image(t, number, f.caches[0], blobs, lxdimage.Tar)
}

// image makes one image and returns its fingerprints.
func (f *factory) image(t *testing.T, number int, layers *layer.Cache, blobs []blob, format lxdimage.Format) string {
	tree := rootfs.New()
	for _, b := range blobs {
		pack := f.pack(t, layers, b)
		defer pack.Close()
		if err := tree.Apply(t.Context(), pack.Entries()); err != nil {
			t.Fatalf("stack %d: %v", number, err)
		}
	}
	edit(t, tree, number)
	out := &sums{scratch: f.scratch}
	o := lxdimage.Options{Format: format, Codec: f.codecs[layers]}
	if err := lxdimage.Write(context.Background(), out, o, metadata(number), tree); err != nil {
		t.Fatalf("stack %d: %v", number, err)
	}
	return out.fingerprints()
}

func (f *factory) pack(t *testing.T, layers *layer.Cache, b blob) *layer.Pack {
	want := layer.Blob{Digest: digest(b.stored), DiffID: digest(b.archive), Size: int64(len(b.stored))}
	pack, err := layers.Pack(context.Background(), want, func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(b.stored)), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return pack
}

func digest(b []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(b)) }

// edit changes a tree in the ways that making it bootable does.
func edit(t *testing.T, tree *rootfs.Tree, number int) {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Fatalf("stack %d: %v", number, err)
		}
	}
	must(tree.Put("guest/busybox", rootfs.Inode{Kind: rootfs.File, Mode: 0o755, Content: rootfs.Bytes(words(1000, 30_000))}))
	must(tree.Put("guest/init", rootfs.Inode{Kind: rootfs.File, Mode: 0o755, ModTime: rootfs.Epoch, Content: rootfs.Bytes("#!/guest/busybox sh\n")}))
	must(tree.Put("guest/sh", rootfs.Inode{Kind: rootfs.Symlink, Target: "busybox"}))
	must(tree.Put("guest/log", rootfs.Inode{Kind: rootfs.File, Mode: 0o600}))
	must(tree.Link("guest/init", "guest/again"))
	must(tree.Rename("guest/log", "guest/old"))
	must(tree.Remove("nothing"))
	must(tree.Remove(fmt.Sprint("file", number%5)))
}

// metadata is that of an image of an application, in another way for each stack.
func metadata(number int) lxdimage.Metadata {
	return lxdimage.Metadata{
		Architecture: []string{"amd64", "arm64", "armhf"}[number%3],
		CreationDate: 1600000000 + int64(number),
		Properties:   map[string]string{"os": fmt.Sprint("app", number), "variant": "default", "description": "a: \"b\"\n"},
		ShmSize:      int64(number%2) << 27,
		Templates: []lxdimage.Template{
			{Path: "/etc/hostname", When: []string{"create", "copy"}, Name: "hostname.tpl", Content: []byte("{{ container.name }}\n")},
			{Path: "/prelaunch", When: []string{"start"}, Name: "prelaunch.tpl", Content: words(number, 400)},
		},
	}
}

// sums is an Output that keeps the sums of files.
type sums struct {
	scratch string
	meta    bytes.Buffer
	roots   []hash.Hash
}

func (s *sums) Scratch() string { return s.scratch }

func (s *sums) Create(kind, _ string) (io.WriteCloser, error) {
	if kind == "metadata" {
		return closer{&s.meta}, nil
	}
	root := sha256.New()
	root.Write(s.meta.Bytes()) // LXD: the fingerprint is of the metadata, then the root file system
	s.roots = append(s.roots, root)
	return closer{root}, nil
}

func (s *sums) fingerprints() string {
	var list []string
	for _, root := range s.roots {
		list = append(list, hex.EncodeToString(root.Sum(nil)[:16]))
	}
	return strings.Join(list, "+")
}

type closer struct{ io.Writer }

func (closer) Close() error { return nil }
