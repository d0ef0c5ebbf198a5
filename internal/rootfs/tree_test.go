package rootfs_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"

	"lxdocker/internal/rootfs"
)

// Entries of layers, short enough for tables.

func file(name, content string) rootfs.Entry {
	return rootfs.Entry{Name: name, Inode: rootfs.Inode{Kind: rootfs.File, Mode: 0o644, ModTime: 1e9, Content: rootfs.Bytes(content)}}
}

func dir(name string) rootfs.Entry {
	return rootfs.Entry{Name: name, Inode: rootfs.Inode{Kind: rootfs.Dir, Mode: 0o700, ModTime: 1e9}}
}

func symlink(name, target string) rootfs.Entry {
	return rootfs.Entry{Name: name, Inode: rootfs.Inode{Kind: rootfs.Symlink, Mode: 0o777, Target: target}}
}

func hardlink(name, target string) rootfs.Entry {
	return rootfs.Entry{Name: name, Hardlink: target}
}

func whiteout(name string) rootfs.Entry { return file(name, "") }

type layer []rootfs.Entry

func (l layer) all() iter.Seq2[rootfs.Entry, error] {
	return func(yield func(rootfs.Entry, error) bool) {
		for _, e := range l {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func build(layers ...layer) (*rootfs.Tree, error) {
	tree := rootfs.New()
	for i, l := range layers {
		if err := tree.Apply(context.Background(), l.all()); err != nil {
			return nil, fmt.Errorf("layer %d: %w", i+1, err)
		}
	}
	return tree, nil
}

func mustBuild(t *testing.T, layers ...layer) *rootfs.Tree {
	t.Helper()
	tree, err := build(layers...)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// list writes a tree as lines: "d 700 etc", "f 644 etc/x = content",
// "l 777 a -> b". A further name of a hardlinked file is "h b == a".
func list(tree *rootfs.Tree) []string {
	return listWith(tree, func(*rootfs.Inode) string { return "" })
}

func listWith(tree *rootfs.Tree, more func(*rootfs.Inode) string) []string {
	var lines []string
	first := make(map[uint32]string)
	for name, ino := range tree.All() {
		if name == "." {
			continue
		}
		if other, ok := first[ino.Number]; ok {
			lines = append(lines, fmt.Sprintf("h %s == %s", name, other))
			continue
		}
		first[ino.Number] = name
		lines = append(lines, lineOf(name, ino)+more(ino))
	}
	return lines
}

func lineOf(name string, ino *rootfs.Inode) string {
	return fmt.Sprintf("%c %o %s%s", " dflcbp"[ino.Kind], ino.Mode, name, detail(ino))
}

func detail(ino *rootfs.Inode) string {
	switch ino.Kind {
	case rootfs.File:
		return " = " + content(ino)
	case rootfs.Symlink:
		return " -> " + ino.Target
	default:
		return ""
	}
}

func content(ino *rootfs.Inode) string {
	if ino.Content == nil {
		return ""
	}
	data, err := io.ReadAll(ino.Content.Open())
	if err != nil {
		return err.Error()
	}
	return string(data)
}

func expect(t *testing.T, tree *rootfs.Tree, want ...string) {
	t.Helper()
	if got := list(tree); !slices.Equal(got, want) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func TestNewTreeHoldsOnlyTheRoot(t *testing.T) {
	for name, ino := range rootfs.New().All() {
		if name != "." || ino.Kind != rootfs.Dir || ino.Mode != 0o755 || ino.ModTime != rootfs.Epoch || ino.UID != 0 || ino.GID != 0 {
			t.Errorf("%q is %+v", name, ino)
		}
	}
}

func TestAllIsSortedByComponentsAndBytes(t *testing.T) {
	tree := mustBuild(t, layer{file("a.b", ""), file("a/z", ""), file("a-b", ""), file("a/\xff", ""), file("B", ""), file("a/b/c", ""), file("a/b.c", "")})
	var names []string
	for name := range tree.All() {
		names = append(names, name)
	}
	want := []string{".", "B", "a", "a/b", "a/b/c", "a/b.c", "a/z", "a/\xff", "a-b", "a.b"}
	if !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
	for name := range tree.All() {
		if name == "a/b" {
			break // an iteration may be left
		}
	}
}
