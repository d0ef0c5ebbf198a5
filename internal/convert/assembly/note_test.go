package assembly

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lxdocker/internal/contents"
	"lxdocker/internal/rootfs"
)

func TestWhatIsInAnImageIsNoted(t *testing.T) {
	put := func(tree *rootfs.Tree, name string, ino rootfs.Inode) {
		if err := tree.Put(name, ino); err != nil {
			t.Fatal(err)
		}
	}
	make := func(text, version, target string) *rootfs.Tree {
		tree := rootfs.New()
		put(tree, "bin/app", rootfs.Inode{Kind: rootfs.File, Mode: 0o4755, UID: 7, Content: rootfs.Bytes(text)})
		put(tree, "bin/link", rootfs.Inode{Kind: rootfs.Symlink, Mode: 0o777, Target: target})
		put(tree, "dev/zero", rootfs.Inode{Kind: rootfs.CharDevice, Major: 1, Minor: 5})
		put(tree, "etc/empty", rootfs.Inode{Kind: rootfs.File})
		put(tree, "etc/capable", rootfs.Inode{Kind: rootfs.File, Content: rootfs.Bytes("x"), Xattrs: map[string]string{"security.capability": version}})
		put(tree, "lib/apk/db/installed", rootfs.Inode{Kind: rootfs.File, Content: rootfs.Bytes("P:musl\nV:" + version + "\nA:x86_64\n")})
		if err := tree.Link("bin/app", "bin/twin"); err != nil {
			t.Fatal(err)
		}
		return tree
	}
	note := func(tree *rootfs.Tree) io.Reader {
		var b bytes.Buffer
		if err := noteTree(t.Context(), &b, tree); err != nil {
			t.Fatal(err)
		}
		return &b
	}
	same, err := contents.Compare(t.Context(), note(make("one", "1", "app")), note(make("one", "1", "app")))
	if err != nil || len(same.Files.Changed.Listed) != 0 || len(same.Packages.Changed) != 0 {
		t.Errorf("equal trees differ: %+v, %v", same, err)
	}
	got, err := contents.Compare(t.Context(), note(make("one", "1", "app")), note(make("two!", "2", "twin")))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, n := range got.Files.Changed.Listed {
		names = append(names, n.Path)
	}
	if diff := cmp.Diff([]string{"bin/app", "bin/link", "bin/twin", "etc/capable", "lib/apk/db/installed"}, names); diff != "" {
		t.Error(diff)
	}
	if want := int64(len("two!") + len("x") + len("P:musl\nV:2\nA:x86_64\n")); got.Files.Changed.Bytes != want {
		t.Errorf("they have %d bytes, not %d: one file with two names counts once", got.Files.Changed.Bytes, want)
	}
	if p := got.Packages.Changed; len(p) != 1 || p[0].Was != "1" || p[0].Version != "2" || p[0].Name != "musl" {
		t.Errorf("packages: %+v", got.Packages)
	}
}

func TestTheLayerOfEachFileIsNoted(t *testing.T) {
	layer := func(tree *rootfs.Tree, files map[string]string) {
		t.Helper()
		err := tree.Apply(t.Context(), func(yield func(rootfs.Entry, error) bool) {
			for name, text := range files {
				if !yield(rootfs.Entry{Name: name, Inode: rootfs.Inode{Kind: rootfs.File, Content: rootfs.Bytes(text)}}, nil) {
					return
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	tree := rootfs.New()
	layer(tree, map[string]string{"below": "1", "replaced": "1", "gone": "1"})
	layer(tree, map[string]string{"replaced": "22", ".wh.gone": ""})
	if err := tree.Put("own", rootfs.Inode{Kind: rootfs.File, Content: rootfs.Bytes("333")}); err != nil {
		t.Fatal(err)
	}
	var none, all bytes.Buffer
	if err := errors.Join(noteTree(t.Context(), &none, rootfs.New()), noteTree(t.Context(), &all, tree)); err != nil {
		t.Fatal(err)
	}
	got, err := contents.Compare(t.Context(), &none, &all)
	if err != nil {
		t.Fatal(err)
	}
	one := func(n int, path string, size int64) contents.Layer {
		return contents.Layer{Number: n, Added: contents.Count{Files: 1, Bytes: size}, Largest: []contents.Large{{Path: path, Size: size}}}
	}
	if diff := cmp.Diff(contents.ByLayer{Known: true, After: []contents.Layer{one(0, "own", 3), one(1, "below", 1), one(2, "replaced", 2)}}, got.Layers); diff != "" {
		t.Error(diff)
	}
}

func TestAnImageOfMoreNamesThanAreNotedIsMade(t *testing.T) {
	tree := rootfs.New()
	for i := range contents.MaxNames + 10 {
		if err := tree.Put(strings.Repeat("d/", i%3)+"file"+string(rune('a'+i%26))+strings.Repeat("x", i%7)+string(rune(0x4e00+i/26)), rootfs.Inode{Kind: rootfs.File}); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := noteTree(t.Context(), &b, tree); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := noteTree(ctx, io.Discard, tree); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits, and %v", err)
	}
}
