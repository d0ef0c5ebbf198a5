package oracle_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"lxdocker/internal/block"
	"lxdocker/internal/squashfs"
	"lxdocker/internal/squashfs/squashfstest"
)

// squash makes an image of a stack, as a build does, and returns what should be in it.
func squash(dir string, s stack) (image string, want map[string]squashfstest.Node, err error) {
	blobs, err := s.blobs()
	if err != nil {
		return "", nil, err
	}
	tree, done, err := merge(filepath.Join(dir, "layers"), blobs)
	defer done()
	if err != nil {
		return "", nil, err
	}
	f, err := os.Create(filepath.Join(dir, "rootfs.squashfs"))
	if err != nil {
		return "", nil, err
	}
	err = squashfs.Write(context.Background(), f, tree, squashfs.Options{
		Codec: block.NewCodec(block.Fast), Scratch: dir,
	})
	if err := errors.Join(err, f.Close()); err != nil {
		return "", nil, err
	}
	want, err = squashfstest.OfTree(tree)
	return f.Name(), want, err
}

// The oracles check the tree; the readers of squashfs check that it arrives.
func TestTrapsArriveInSquashfs(t *testing.T) {
	for _, trap := range traps() {
		t.Run(trap.behaviour, func(t *testing.T) {
			image, want, err := squash(t.TempDir(), trap.stack)
			if err != nil {
				t.Fatal(err)
			}
			squashfstest.Expect(t, image, want)
		})
	}
}

func TestRandomStacksArriveInSquashfs(t *testing.T) {
	readers := squashfstest.Able(t)
	rapid.Check(t, func(t *rapid.T) {
		s := genStack(append(some, empty...), some, false).Draw(t, "stack")
		dir, err := os.MkdirTemp("", "oracle-")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		image, want, err := squash(dir, s)
		if err == nil {
			err = squashfstest.Check(readers, image, want)
		}
		if err != nil {
			t.Fatalf("%v\n%v", err, s)
		}
	})
}
