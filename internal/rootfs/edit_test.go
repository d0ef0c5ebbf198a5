package rootfs_test

import (
	"slices"
	"strings"
	"testing"

	"lxdocker/internal/rootfs"
)

func plain(content string) rootfs.Inode {
	return rootfs.Inode{Kind: rootfs.File, Mode: 0o600, Content: rootfs.Bytes(content)}
}

func TestEdits(t *testing.T) {
	base := layer{
		file("f", "f"), hardlink("g", "f"), dir("d"), file("d/x", "x"), dir("empty"),
		symlink("l", "d"), symlink("loop", "loop"), symlink("dangling", "/gone/deep"),
	}
	rest := []string{"d 700 d", "f 644 d/x = x", "l 777 dangling -> /gone/deep", "d 700 empty", "f 644 f = f", "h g == f", "l 777 l -> d", "l 777 loop -> loop"}
	except := func(drop []string, add ...string) []string {
		lines := slices.DeleteFunc(slices.Clone(rest), func(s string) bool { return slices.Contains(drop, s) })
		lines = append(lines, add...)
		slices.SortFunc(lines, func(a, b string) int { return strings.Compare(nameOf(a), nameOf(b)) })
		return lines
	}
	for behaviour, c := range map[string]struct {
		edit func(*rootfs.Tree) error
		want []string // nil: an error, and nothing changed
	}{
		"put makes missing parents":        {func(t *rootfs.Tree) error { return t.Put("/p/q", plain("q")) }, except(nil, "d 755 p", "f 600 p/q = q")},
		"put goes through links":           {func(t *rootfs.Tree) error { return t.Put("l/y", plain("y")) }, except(nil, "f 600 d/y = y")},
		"put through a dangling link":      {func(t *rootfs.Tree) error { return t.Put("dangling/y", plain("y")) }, except(nil, "d 755 gone", "d 755 gone/deep", "f 600 gone/deep/y = y")},
		"put replaces one name only":       {func(t *rootfs.Tree) error { return t.Put("f", plain("n")) }, except([]string{"f 644 f = f", "h g == f"}, "f 600 f = n", "f 644 g = f")},
		"put replaces a link itself":       {func(t *rootfs.Tree) error { return t.Put("l", plain("n")) }, except([]string{"l 777 l -> d"}, "f 600 l = n")},
		"put of a directory keeps content": {func(t *rootfs.Tree) error { return t.Put("d", rootfs.Inode{Kind: rootfs.Dir, Mode: 0o711}) }, except([]string{"d 700 d"}, "d 711 d")},
		"put of a file over a directory":   {func(t *rootfs.Tree) error { return t.Put("d", plain("n")) }, except([]string{"d 700 d", "f 644 d/x = x"}, "f 600 d = n")},
		"put below a file":                 {func(t *rootfs.Tree) error { return t.Put("f/y", plain("y")) }, nil},
		"put through a loop":               {func(t *rootfs.Tree) error { return t.Put("loop/y", plain("y")) }, nil},
		"put of a file as the root":        {func(t *rootfs.Tree) error { return t.Put("/", plain("y")) }, nil},
		"put of no kind":                   {func(t *rootfs.Tree) error { return t.Put("y", rootfs.Inode{}) }, nil},
		"put of a long name":               {func(t *rootfs.Tree) error { return t.Put(strings.Repeat("y", 256), plain("")) }, nil},

		"rename keeps hardlinks":                {func(t *rootfs.Tree) error { return t.Rename("f", "p/f2") }, except([]string{"f 644 f = f", "h g == f"}, "f 644 g = f", "d 755 p", "h p/f2 == g")},
		"rename takes what is below along":      {func(t *rootfs.Tree) error { return t.Rename("d", "e") }, except([]string{"d 700 d", "f 644 d/x = x"}, "d 700 e", "f 644 e/x = x")},
		"rename of a link itself":               {func(t *rootfs.Tree) error { return t.Rename("l", "m") }, except([]string{"l 777 l -> d"}, "l 777 m -> d")},
		"rename over a file":                    {func(t *rootfs.Tree) error { return t.Rename("d/x", "g") }, except([]string{"f 644 d/x = x", "h g == f"}, "f 644 g = x")},
		"rename over an empty directory":        {func(t *rootfs.Tree) error { return t.Rename("d", "empty") }, except([]string{"d 700 d", "f 644 d/x = x", "d 700 empty"}, "d 700 empty", "f 644 empty/x = x")},
		"rename to itself":                      {func(t *rootfs.Tree) error { return t.Rename("l/x", "d/x") }, rest},
		"rename of nothing":                     {func(t *rootfs.Tree) error { return t.Rename("nothing", "y") }, nil},
		"rename into itself":                    {func(t *rootfs.Tree) error { return t.Rename("d", "d/e/f") }, nil},
		"rename into itself by a link":          {func(t *rootfs.Tree) error { return t.Rename("d", "l/e") }, nil},
		"rename of a file over a directory":     {func(t *rootfs.Tree) error { return t.Rename("f", "empty") }, nil},
		"rename of a directory over a full one": {func(t *rootfs.Tree) error { return t.Rename("empty", "d") }, nil},
		"rename below a file":                   {func(t *rootfs.Tree) error { return t.Rename("d", "f/d") }, nil},
		"rename of the root":                    {func(t *rootfs.Tree) error { return t.Rename(".", "y") }, nil},

		"link":                      {func(t *rootfs.Tree) error { return t.Link("d/x", "p/x") }, except(nil, "d 755 p", "h p/x == d/x")},
		"link of a link":            {func(t *rootfs.Tree) error { return t.Link("l", "m") }, except(nil, "h m == l")},
		"link over a file":          {func(t *rootfs.Tree) error { return t.Link("d/x", "f") }, except([]string{"f 644 f = f", "h g == f"}, "h f == d/x", "f 644 g = f")},
		"link of nothing":           {func(t *rootfs.Tree) error { return t.Link("nothing", "y") }, nil},
		"link of a directory":       {func(t *rootfs.Tree) error { return t.Link("d", "y") }, nil},
		"link over a directory":     {func(t *rootfs.Tree) error { return t.Link("f", "d") }, nil},
		"link over the root":        {func(t *rootfs.Tree) error { return t.Link("f", "/") }, nil},
		"remove takes a subtree":    {func(t *rootfs.Tree) error { return t.Remove("d/") }, except([]string{"d 700 d", "f 644 d/x = x"})},
		"remove one name only":      {func(t *rootfs.Tree) error { return t.Remove("f") }, except([]string{"f 644 f = f", "h g == f"}, "f 644 g = f")},
		"remove a link itself":      {func(t *rootfs.Tree) error { return t.Remove("l") }, except([]string{"l 777 l -> d"})},
		"remove through a link":     {func(t *rootfs.Tree) error { return t.Remove("l/x") }, except([]string{"f 644 d/x = x"})},
		"remove nothing":            {func(t *rootfs.Tree) error { return t.Remove("nothing/at/all") }, rest},
		"remove below a file":       {func(t *rootfs.Tree) error { return t.Remove("f/x") }, rest},
		"remove the root":           {func(t *rootfs.Tree) error { return t.Remove("/") }, nil},
		"remove through a loop":     {func(t *rootfs.Tree) error { return t.Remove("loop/x") }, nil},
		"dots stay inside the root": {func(t *rootfs.Tree) error { return t.Put("d/../../../y", plain("y")) }, except(nil, "f 600 y = y")},
	} {
		t.Run(behaviour, func(t *testing.T) {
			tree := mustBuild(t, base)
			err := c.edit(tree)
			if (err == nil) != (c.want != nil) {
				t.Fatalf("error: %v", err)
			}
			if c.want == nil {
				c.want = rest
			}
			expect(t, tree, c.want...)
		})
	}
}

func nameOf(line string) string {
	if strings.HasPrefix(line, "h ") {
		return strings.Fields(line)[1]
	}
	return strings.Fields(line)[2]
}

func TestLookups(t *testing.T) {
	tree := mustBuild(t, layer{
		dir("usr/sbin"), file("usr/sbin/init", "x"), symlink("sbin", "/usr/sbin"), symlink("init", "sbin/init"),
		symlink("loop", "loop"), symlink("gone", "nowhere"), file("f", ""),
	})
	for _, c := range []struct {
		name            string
		resolved        string // empty: an error
		lookedUp, lstat string // of what kind; empty: not there
	}{
		{"/", ".", "d", "d"},
		{"", ".", "d", "d"},
		{"../..", ".", "d", "d"},
		{"sbin", "sbin", "d", "l"},
		{"sbin/", "sbin", "d", "l"},
		{"/sbin/init", "usr/sbin/init", "f", "f"},
		{"sbin/../sbin/init", "usr/sbin/init", "f", "f"},
		{"init", "init", "f", "l"},
		{"gone", "gone", "", "l"},
		{"gone/x", "nowhere/x", "", ""},
		{"sbin/new/x", "usr/sbin/new/x", "", ""},
		{"f/x", "f/x", "", ""},
		{"loop", "loop", "", "l"},
		{"loop/x", "", "", ""},
	} {
		resolved, err := tree.Resolve(c.name)
		if resolved != c.resolved || (err == nil) != (c.resolved != "") {
			t.Errorf("Resolve(%q) = %q, %v; want %q", c.name, resolved, err, c.resolved)
		}
		if ino, ok := tree.Lookup(c.name); kindOf(ino, ok) != c.lookedUp {
			t.Errorf("Lookup(%q) = %+v, %v; want %q", c.name, ino, ok, c.lookedUp)
		}
		if ino, ok := tree.Lstat(c.name); kindOf(ino, ok) != c.lstat {
			t.Errorf("Lstat(%q) = %+v, %v; want %q", c.name, ino, ok, c.lstat)
		}
	}
}

func kindOf(ino *rootfs.Inode, ok bool) string {
	if !ok {
		return ""
	}
	return string(" dflcbp"[ino.Kind])
}

// Nodes are found by a table whose order differs from tree to tree.
func TestANameInItsOwnDirectoryIsRenamedInEveryTree(t *testing.T) {
	for range 200 {
		tree := rootfs.New()
		for _, name := range []string{"d/a", "d/b", "d/c", "d/log"} {
			if err := tree.Put(name, plain("")); err != nil {
				t.Fatal(err)
			}
		}
		if err := tree.Rename("d/log", "d/old"); err != nil {
			t.Fatal(err)
		}
		expect(t, tree, "d 755 d", "f 600 d/a = ", "f 600 d/b = ", "f 600 d/c = ", "f 600 d/old = ")
	}
}
