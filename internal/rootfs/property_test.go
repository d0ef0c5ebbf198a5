package rootfs_test

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"lxdocker/internal/rootfs"
)

// Few names, so that entries of one stack meet often.
var (
	genPart = rapid.SampledFrom([]string{"a", "b", "c", "dev"})
	genName = rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(genPart, 1, 3).Draw(t, "parts"), "/")
	})
	genTarget = rapid.Custom(func(t *rapid.T) string {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "..", "."}), 1, 3).Draw(t, "target")
		return rapid.SampledFrom([]string{"", "/"}).Draw(t, "root") + strings.Join(parts, "/")
	})
)

// genEntry draws one entry; kinds are those that may come, several times to
// come more often.
func genEntry(kinds string) *rapid.Generator[rootfs.Entry] {
	return rapid.Custom(func(t *rapid.T) rootfs.Entry {
		name := genName.Draw(t, "name")
		mode := uint32(rapid.IntRange(0, 7).Draw(t, "mode"))
		ino := rootfs.Inode{Kind: rootfs.File, Mode: mode, Content: rootfs.Bytes(fmt.Sprint(rapid.IntRange(0, 999).Draw(t, "content")))}
		switch rapid.SampledFrom([]byte(kinds)).Draw(t, "kind") {
		case 'd':
			ino = rootfs.Inode{Kind: rootfs.Dir, Mode: mode}
		case 'l':
			ino = rootfs.Inode{Kind: rootfs.Symlink, Mode: 0o777, Target: genTarget.Draw(t, "symlink")}
		case 'p':
			ino = rootfs.Inode{Kind: rootfs.FIFO, Mode: mode}
		case 'h':
			return rootfs.Entry{Name: name, Hardlink: genName.Draw(t, "hardlink")}
		case 'w':
			i := strings.LastIndexByte(name, '/') + 1
			name = name[:i] + ".wh." + name[i:]
		case 'o':
			name += "/.wh..wh..opq"
		}
		return rootfs.Entry{Name: name, Inode: ino}
	})
}

func genStack(kinds string) *rapid.Generator[[]layer] {
	one := rapid.Map(rapid.SliceOfN(genEntry(kinds), 0, 10), func(l []rootfs.Entry) layer { return l })
	return rapid.SliceOfN(one, 1, 4)
}

func compare(t *rapid.T, stack []layer) {
	m := newModel()
	var refused error
	for _, l := range stack {
		if refused = m.apply(l); refused != nil {
			break
		}
	}
	tree, err := build(stack...)
	if (err == nil) != (refused == nil) {
		t.Fatalf("tree: %v, model: %v", err, refused)
	}
	if err != nil {
		return
	}
	if got, want := list(tree), m.list(); !slices.Equal(got, want) {
		t.Fatalf("tree:\n\t%s\nmodel:\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func TestRandomStacksAreAsTheModelSays(t *testing.T) {
	for behaviour, kinds := range map[string]string{
		"everything":  "ddffflphwo",
		"no symlinks": "ddffphwo",
		"hardlinks":   "dffhhhhw",
		"symlinks":    "ddflllwo",
		"whiteouts":   "ddfffwwoo",
	} {
		stacks := genStack(kinds)
		t.Run(behaviour, rapid.MakeCheck(func(t *rapid.T) { compare(t, stacks.Draw(t, "stack")) }))
	}
}

// However names are written, they are the same (T9).
func TestSpellingsOfNamesMeanTheSame(t *testing.T) {
	spell := func(t *rapid.T, name string) string {
		format := rapid.SampledFrom([]string{"%s", "./%s", "/%s", "//./%s", "x/../%s", "/a/b/../../%s", "%s/.", "%s/x/.."}).Draw(t, "spelling")
		return fmt.Sprintf(format, strings.ReplaceAll(name, "/", rapid.SampledFrom([]string{"/", "//", "/./", "/y/../"}).Draw(t, "slash")))
	}
	rapid.Check(t, func(t *rapid.T) {
		stack := genStack("ddffflhpwwo").Draw(t, "stack")
		spelt := make([]layer, len(stack))
		for i, l := range stack {
			for _, e := range l {
				e.Name = spell(t, e.Name)
				if e.Hardlink != "" {
					e.Hardlink = spell(t, e.Hardlink)
				}
				spelt[i] = append(spelt[i], e)
			}
		}
		want, refused := build(stack...)
		got, err := build(spelt...)
		if (err == nil) != (refused == nil) {
			t.Fatalf("%v, and otherwise written %v", refused, err)
		}
		if err == nil && !slices.Equal(list(got), list(want)) {
			t.Fatalf("got\n\t%s\nwant\n\t%s", strings.Join(list(got), "\n\t"), strings.Join(list(want), "\n\t"))
		}
	})
}

// Where no symbolic link changes what a name means, no hardlink needs what is
// hidden and no entry replaces one of its own layer, the place of a whiteout in
// its layer means nothing (T1).
func TestWhiteoutsMeanTheSameAnywhereInTheirLayer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stack := genStack("ddfffpwwo").Draw(t, "stack")
		first := make([]layer, len(stack))
		mixed := make([]layer, len(stack))
		for i, l := range stack {
			l = consistent(l)
			first[i] = slices.Clone(l)
			slices.SortStableFunc(first[i], func(a, b rootfs.Entry) int { return rank(a) - rank(b) })
			mixed[i] = mix(t, l)
		}
		want, err := build(first...)
		if err != nil {
			t.Fatal(err)
		}
		got, err := build(mixed...)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(list(got), list(want)) {
			t.Fatalf("whiteouts first:\n\t%s\nmixed:\n\t%s", strings.Join(list(want), "\n\t"), strings.Join(list(got), "\n\t"))
		}
	})
}

func rank(e rootfs.Entry) int {
	if strings.Contains(e.Name, ".wh.") {
		return 0
	}
	return 1
}

// consistent leaves out entries that change the type of an earlier one's name or parent.
func consistent(l layer) layer {
	isDir := make(map[string]bool)
	return slices.DeleteFunc(slices.Clone(l), func(e rootfs.Entry) bool {
		if rank(e) == 0 {
			return false
		}
		want := map[string]bool{e.Name: e.Inode.Kind == rootfs.Dir}
		for dir := path.Dir(e.Name); dir != "."; dir = path.Dir(dir) {
			want[dir] = true
		}
		for name, d := range want {
			if was, ok := isDir[name]; ok && was != d {
				return true
			}
		}
		maps.Copy(isDir, want)
		return false
	})
}

// mix moves the whiteouts of a layer anywhere and leaves the others in order.
func mix(t *rapid.T, l layer) layer {
	var mixed, whiteouts layer
	for _, e := range l {
		if rank(e) == 0 {
			whiteouts = append(whiteouts, e)
		} else {
			mixed = append(mixed, e)
		}
	}
	for _, e := range whiteouts {
		mixed = slices.Insert(mixed, rapid.IntRange(0, len(mixed)).Draw(t, "place"), e)
	}
	return mixed
}
