package squashfs_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"lxdocker/internal/block"
	"lxdocker/internal/rootfs"
	"lxdocker/internal/squashfs"
	"lxdocker/internal/squashfs/squashfstest"
)

// fixture is what tests write images with.
type fixture struct {
	dir     string // in memory, if there is such a folder
	options squashfs.Options
}

func newFixture(t testing.TB) *fixture {
	dir, err := os.MkdirTemp("/dev/shm", "squashfs-test-")
	if err != nil {
		dir = t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return &fixture{dir: dir, options: squashfs.Options{
		Codec: block.NewCodec(block.Fast), Scratch: dir,
	}}
}

// write makes an image, whose name it returns.
func (fix *fixture) write(t testing.TB, tree *rootfs.Tree) string {
	t.Helper()
	name, err := fix.tryWrite(tree)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func (fix *fixture) tryWrite(tree *rootfs.Tree) (string, error) {
	f, err := os.CreateTemp(fix.dir, "image-")
	if err != nil {
		return "", err
	}
	defer f.Close()
	return f.Name(), squashfs.Write(context.Background(), f, tree, fix.options)
}

// check has all readers read the image of a tree.
func (fix *fixture) check(t *testing.T, tree *rootfs.Tree) string {
	t.Helper()
	image := fix.write(t, tree)
	squashfstest.Expect(t, image, nodesOf(t, tree))
	return image
}

func nodesOf(t *testing.T, tree *rootfs.Tree) map[string]squashfstest.Node {
	t.Helper()
	nodes, err := squashfstest.OfTree(tree)
	if err != nil {
		t.Fatal(err)
	}
	return nodes
}

// storedContent is a content that lies in a store, and a lot with nothing else.
type storedContent struct {
	store *block.Store
	file  block.File
}

func (k storedContent) Size() int64                              { return k.file.Size }
func (k storedContent) Open() io.Reader                          { return k.store.Open(k.file) }
func (k storedContent) Lot() (rootfs.Lot, uint32)                { return k, 0 }
func (k storedContent) Content(uint32) rootfs.Content            { return k }
func (k storedContent) Stored(uint32) (*block.Store, block.File) { return k.store, k.file }

// store cuts contents into blocks, in their order.
func (fix *fixture) store(t testing.TB, contents ...[]byte) []storedContent {
	t.Helper()
	list, err := fix.tryStore(contents...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if len(list) > 0 {
			list[0].store.Close()
		}
	})
	return list
}

func (fix *fixture) tryStore(contents ...[]byte) ([]storedContent, error) {
	f, err := os.Create(filepath.Join(fix.dir, "blocks"))
	if err != nil {
		return nil, err
	}
	os.Remove(f.Name())
	writer := block.NewWriter(fix.options.Codec, f)
	defer writer.Discard()
	list := make([]storedContent, len(contents))
	for i, c := range contents {
		if list[i].file, err = writer.Add(context.Background(), bytes.NewReader(c), int64(len(c))); err != nil {
			return nil, err
		}
	}
	table, err := writer.Finish(context.Background())
	if err != nil {
		return nil, err
	}
	store, err := block.NewStore(f, table, fix.options.Codec, nil)
	for i := range list {
		list[i].store = store
	}
	return list, err
}

// bytesOf makes contents of every kind cheaply: nothing but zeros for seed 0,
// else what can be compressed, what cannot be, and blocks of zeros between them.
func bytesOf(size int, seed uint64) []byte {
	b := make([]byte, size)
	if seed == 0 {
		return b
	}
	for at := 0; at < size; at += block.Size {
		part := b[at:min(at+block.Size, size)]
		r := rand.New(rand.NewPCG(seed, uint64(at)))
		switch {
		case seed%3 == 0:
			fillRandom(part, rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(at >> 20)}))
		case at > 0 && r.IntN(3) == 0: // zeros
		default:
			pattern := binary.LittleEndian.AppendUint64(nil, r.Uint64())
			for n := 0; n < len(part); {
				n += copy(part[n:], pattern)
			}
		}
	}
	return b
}

func fillRandom(p []byte, r *rand.ChaCha8) { r.Read(p) }

func put(t testing.TB, tree *rootfs.Tree, name string, ino rootfs.Inode) {
	t.Helper()
	if err := tree.Put(name, ino); err != nil {
		t.Fatal(err)
	}
}

// layer applies what belongs to one layer.
func layer(t testing.TB, tree *rootfs.Tree, entries ...rootfs.Entry) {
	t.Helper()
	if err := apply(tree, entries); err != nil {
		t.Fatal(err)
	}
}

func apply(tree *rootfs.Tree, entries []rootfs.Entry) error {
	return tree.Apply(context.Background(), func(yield func(rootfs.Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	})
}

func file(name string, c rootfs.Content) rootfs.Entry {
	return rootfs.Entry{Name: name, Inode: rootfs.Inode{Kind: rootfs.File, Mode: 0o644, ModTime: 1e9, Content: c}}
}
