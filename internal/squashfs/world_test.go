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

// world is what tests write images with.
type world struct {
	dir     string // in memory, if there is such a folder
	options squashfs.Options
}

func newWorld(t testing.TB) *world {
	dir, err := os.MkdirTemp("/dev/shm", "squashfs-test-")
	if err != nil {
		dir = t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return &world{dir: dir, options: squashfs.Options{
		Codec: block.NewCodec(block.Fast), Scratch: dir,
	}}
}

// write makes an image, whose name it returns.
func (w *world) write(t testing.TB, tree *rootfs.Tree) string {
	t.Helper()
	name, err := w.tryWrite(tree)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func (w *world) tryWrite(tree *rootfs.Tree) (string, error) {
	f, err := os.CreateTemp(w.dir, "image-")
	if err != nil {
		return "", err
	}
	defer f.Close()
	return f.Name(), squashfs.Write(context.Background(), f, tree, w.options)
}

// check has all readers read the image of a tree.
func (w *world) check(t *testing.T, tree *rootfs.Tree) string {
	t.Helper()
	image := w.write(t, tree)
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

// kept is a content that lies in a store.
type kept struct {
	store *block.Store
	file  block.File
}

func (k kept) Size() int64                        { return k.file.Size }
func (k kept) Open() io.Reader                    { return k.store.Open(k.file) }
func (k kept) Stored() (*block.Store, block.File) { return k.store, k.file }

// store cuts contents into blocks, in their order.
func (w *world) store(t testing.TB, contents ...[]byte) []kept {
	t.Helper()
	list, err := w.tryStore(contents...)
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

func (w *world) tryStore(contents ...[]byte) ([]kept, error) {
	f, err := os.Create(filepath.Join(w.dir, "blocks"))
	if err != nil {
		return nil, err
	}
	os.Remove(f.Name())
	writer := block.NewWriter(w.options.Codec, f)
	defer writer.Discard()
	list := make([]kept, len(contents))
	for i, c := range contents {
		if list[i].file, err = writer.Add(context.Background(), bytes.NewReader(c), int64(len(c))); err != nil {
			return nil, err
		}
	}
	table, err := writer.Finish(context.Background())
	if err != nil {
		return nil, err
	}
	store, err := block.NewStore(f, table, w.options.Codec, nil)
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
	return tree.Apply(func(yield func(rootfs.Entry, error) bool) {
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
