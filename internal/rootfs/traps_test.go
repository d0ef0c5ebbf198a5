package rootfs_test

import (
	"reflect"
	"strings"
	"testing"

	"lxdocker/internal/rootfs"
)

// One test for each trap of merging layers. The stacks are written base first.

func TestT1OpaqueWhiteoutHidesLowerLayersOnly(t *testing.T) {
	lower := layer{dir("d"), file("d/old", ""), dir("d/sub"), file("d/sub/old", ""), file("keep", "")}
	opaque := whiteout("d/.wh..wh..opq")
	own := layer{dir("d"), file("d/new", "n"), file("d/sub/new", "s")}
	want := []string{"d 700 d", "f 644 d/new = n", "d 755 d/sub", "f 644 d/sub/new = s", "f 644 keep = "}
	for at := range len(own) + 1 {
		upper := append(append(append(layer{}, own[:at]...), opaque), own[at:]...)
		expect(t, mustBuild(t, lower, upper), want...)
	}
}

func TestT1OpaqueWhiteoutKeepsItsDirectory(t *testing.T) {
	tree := mustBuild(t, layer{dir("d"), file("d/old", "")}, layer{whiteout("d/.wh..wh..opq")})
	expect(t, tree, "d 700 d")
}

func TestT1OpaqueWhiteoutOfTheRoot(t *testing.T) {
	tree := mustBuild(t, layer{dir("./"), file("old", "")}, layer{file("new", ""), whiteout("./.wh..wh..opq")})
	expect(t, tree, "f 644 new = ")
}

func TestT1WhiteoutHidesLowerLayersOnly(t *testing.T) {
	lower := layer{dir("d"), file("d/old", ""), file("f", "old")}
	for _, upper := range []layer{
		{whiteout(".wh.d"), whiteout(".wh.f"), dir("d"), file("d/new", ""), file("f", "new")},
		{dir("d"), file("d/new", ""), whiteout(".wh.d"), file("f", "new"), whiteout(".wh.f")},
		{file("f", "new"), file("d/new", ""), whiteout(".wh.f"), dir("d"), whiteout(".wh.d")},
	} {
		expect(t, mustBuild(t, lower, upper), "d 700 d", "f 644 d/new = ", "f 644 f = new")
	}
}

func TestT1HiddenDirectoryThatStaysAsAParentIsAPlainOne(t *testing.T) {
	secret := dir("d")
	secret.Inode.UID, secret.Inode.Xattrs = 7, map[string]string{"user.x": "1"}
	for _, upper := range []layer{
		{whiteout(".wh.d"), file("d/e/new", "")},
		{file("d/e/new", ""), whiteout(".wh.d")},
	} {
		tree := mustBuild(t, layer{secret, dir("d/e"), file("d/old", ""), file("d/e/old", "")}, upper)
		expect(t, tree, "d 755 d", "d 755 d/e", "f 644 d/e/new = ")
		if ino, _ := tree.Lstat("d"); ino.UID != 0 || ino.ModTime != rootfs.Epoch || ino.Xattrs != nil {
			t.Errorf("d still has the hidden directory's metadata: %+v", ino)
		}
	}
}

func TestT1WhiteoutOfNothingIsNoError(t *testing.T) {
	tree := mustBuild(t, layer{file("a", "")}, layer{whiteout(".wh.b"), whiteout("a.d/.wh.c"), whiteout("e/.wh..wh..opq")})
	expect(t, tree, "f 644 a = ", "d 755 a.d", "d 755 e")
}

func TestT1WhiteoutShippedAsAHardlink(t *testing.T) {
	tree := mustBuild(t, layer{file("a", ""), file("d/b", "")},
		layer{hardlink(".wh.a", ".wh..wh.aufs"), hardlink("d/.wh..wh..opq", ".wh..wh.aufs")})
	expect(t, tree, "d 755 d")
}

// Whiteouts are for the tree below, and follow no link: neither one of the tree below,
// which the layer replaces by the directory that it names, nor one of their own layer.
func TestT1WhiteoutsFollowNoLinks(t *testing.T) {
	linked := layer{dir("d"), file("d/f", ""), symlink("link", "d")}
	kept := []string{"d 700 d", "f 644 d/f = "}
	for behaviour, c := range map[string]struct {
		lower, upper layer
		want         []string
	}{
		"opaque before its directory":     {linked, layer{whiteout("link/.wh..wh..opq"), dir("link")}, append(kept, "d 700 link")},
		"opaque after its directory":      {linked, layer{dir("link"), whiteout("link/.wh..wh..opq")}, append(kept, "d 700 link")},
		"opaque without an entry":         {linked, layer{whiteout("link/.wh..wh..opq")}, append(kept, "d 755 link")},
		"before its directory":            {linked, layer{whiteout("link/.wh.f"), dir("link")}, append(kept, "d 700 link")},
		"without an entry":                {linked, layer{whiteout("link/.wh.f")}, append(kept, "d 755 link")},
		"the link itself":                 {linked, layer{whiteout(".wh.link")}, kept},
		"a link in the parents":           {layer{file("d/e/f", ""), symlink("link", "d")}, layer{whiteout("link/e/.wh..wh..opq"), dir("link")}, []string{"d 755 d", "d 755 d/e", "f 644 d/e/f = ", "d 700 link", "d 755 link/e"}},
		"a link of the layer, before":     {layer{file("a/a", ""), file("b/a", "")}, layer{symlink("a", "/b"), whiteout("a/.wh.a")}, []string{"l 777 a -> /b", "d 755 b", "f 644 b/a = "}},
		"a link of the layer, after":      {layer{file("a/a", ""), file("b/a", "")}, layer{whiteout("a/.wh.a"), symlink("a", "/b")}, []string{"l 777 a -> /b", "d 755 b", "f 644 b/a = "}},
		"opaque through the layer's link": {layer{file("a/a", ""), file("b/a", "")}, layer{symlink("a", "b"), file("a/new", ""), whiteout("a/.wh..wh..opq")}, []string{"l 777 a -> b", "d 755 b", "f 644 b/a = ", "f 644 b/new = "}},
		"a link that the layer repeats":   {linked, layer{symlink("link", "d"), whiteout("link/.wh.f")}, append(kept, "l 777 link -> d")},
		"a loop of links":                 {layer{symlink("a", "b"), symlink("b", "a")}, layer{whiteout("a/.wh.f"), whiteout(".wh.b")}, []string{"d 755 a"}},
	} {
		t.Run(behaviour, func(t *testing.T) { expect(t, mustBuild(t, c.lower, c.upper), c.want...) })
	}
}

func TestT2DeletedDirectoryStaysEmptyWhenMadeAgain(t *testing.T) {
	tree := mustBuild(t,
		layer{dir("d"), file("d/secret", "s"), dir("d/sub"), file("d/sub/secret", "s")},
		layer{whiteout(".wh.d")},
		layer{dir("d"), file("d/public", "p")})
	expect(t, tree, "d 700 d", "f 644 d/public = p")
}

func TestT3ReplacingOneNameLeavesTheOthersAlone(t *testing.T) {
	lower := layer{file("t1", "old"), hardlink("t2", "t1"), hardlink("t3", "t1")}
	tree := mustBuild(t, lower, layer{file("t1", "new")})
	expect(t, tree, "f 644 t1 = new", "f 644 t2 = old", "h t3 == t2")
	tree = mustBuild(t, append(lower, file("t1", "new")))
	expect(t, tree, "f 644 t1 = new", "f 644 t2 = old", "h t3 == t2")
}

func TestT4SurvivorsOfADeletedNameKeepEverything(t *testing.T) {
	carrier := file("t1", "old")
	carrier.Inode.Xattrs = map[string]string{"security.capability": "\x01\x00\x00\x02"}
	tree := mustBuild(t, layer{carrier, hardlink("d/t2", "t1"), hardlink("t3", "./t1")}, layer{whiteout(".wh.t1")})
	expect(t, tree, "d 755 d", "f 644 d/t2 = old", "h t3 == d/t2")
	if ino, _ := tree.Lstat("t3"); ino.Xattrs["security.capability"] != "\x01\x00\x00\x02" {
		t.Errorf("the capability is lost: %q", ino.Xattrs)
	}
}

func TestT5HardlinkBeforeItsTarget(t *testing.T) {
	want := []string{"f 644 a = x", "h b == a", "h c == a", "h d == a"}
	for _, l := range []layer{
		{hardlink("b", "a"), hardlink("c", "b"), hardlink("d", "c"), file("a", "x")},
		{hardlink("d", "c"), hardlink("c", "b"), hardlink("b", "a"), file("a", "x")},
		{hardlink("d", "b"), file("a", "x"), hardlink("c", "b"), hardlink("b", "a")},
	} {
		expect(t, mustBuild(t, l), want...)
	}
}

func TestT5ForwardHardlinkThatALaterEntryReplaces(t *testing.T) {
	for _, l := range []layer{
		{hardlink("b", "nowhere"), file("b", "x"), file("a", "")},
		{hardlink("b", "a"), file("b", "x"), file("a", "")},
		{dir("b"), file("b/c", ""), hardlink("b", "a"), file("a", ""), file("b", "x")},
	} {
		expect(t, mustBuild(t, l), "f 644 a = ", "f 644 b = x")
	}
	tree := mustBuild(t, layer{hardlink("b", "a"), file("b/c", "x"), file("a", "")})
	expect(t, tree, "f 644 a = ", "d 755 b", "f 644 b/c = x")
}

func TestT5HardlinkThatCannotBe(t *testing.T) {
	for behaviour, c := range map[string]struct {
		l         layer
		namesBoth bool // the error has link and target
	}{
		"no such target":                     {layer{hardlink("b", "nowhere")}, true},
		"target is a directory":              {layer{dir("d"), hardlink("b", "d")}, true},
		"later target is a directory":        {layer{hardlink("b", "d"), dir("d")}, true},
		"a link to itself":                   {layer{hardlink("b", "b")}, true},
		"links in a circle":                  {layer{hardlink("b", "c"), hardlink("c", "b")}, true},
		"a link into a circle":               {layer{hardlink("a", "b"), hardlink("b", "c"), hardlink("c", "b")}, false},
		"the root as a link":                 {layer{file("a", ""), hardlink(".", "a")}, false},
		"a target outside the root":          {layer{hardlink("b", "../b")}, true},
		"a target replaced by a directory":   {layer{hardlink("b", "c"), hardlink("c", "a"), file("a", ""), dir("c")}, true},
		"a target behind a loop of symlinks": {layer{symlink("l", "l"), hardlink("b", "l/x")}, true},
	} {
		t.Run(behaviour, func(t *testing.T) {
			_, err := build(c.l)
			if err == nil {
				t.Fatal("no error")
			}
			link := c.l[0]
			for _, e := range c.l {
				if e.Hardlink != "" {
					link = e
					break
				}
			}
			if c.namesBoth && !(strings.Contains(err.Error(), `"`+link.Name+`"`) && strings.Contains(err.Error(), `"`+link.Hardlink+`"`)) {
				t.Errorf("%q does not name both %q and %q", err, link.Name, link.Hardlink)
			}
		})
	}
}

func TestT5HardlinkToALowerLayer(t *testing.T) {
	tree := mustBuild(t, layer{file("a", "x")}, layer{hardlink("b", "a")}, layer{file("a", "y")})
	expect(t, tree, "f 644 a = y", "f 644 b = x")
}

func TestT5HardlinkToASymlinkIsTheSymlink(t *testing.T) {
	tree := mustBuild(t, layer{file("a", "x"), symlink("s", "a"), hardlink("h", "s"), hardlink("d/g", "h")})
	expect(t, tree, "f 644 a = x", "d 755 d", "l 777 d/g -> a", "h h == d/g", "h s == d/g")
}

func TestT6NamesBelowALinkedDirectoryGoWhereItPoints(t *testing.T) {
	tree := mustBuild(t, layer{dir("usr"), dir("usr/sbin"), file("usr/sbin/init", "real"), symlink("sbin", "usr/sbin"), file("sbin/tool", "x")})
	if err := tree.Put("/sbin/init", rootfs.Inode{Kind: rootfs.File, Mode: 0o755, Content: rootfs.Bytes("ours")}); err != nil {
		t.Fatal(err)
	}
	expect(t, tree, "l 777 sbin -> usr/sbin", "d 700 usr", "d 700 usr/sbin", "f 755 usr/sbin/init = ours", "f 644 usr/sbin/tool = x")
}

func TestT7DirectoryReplacesASymlink(t *testing.T) {
	base := layer{dir("usr/lib"), file("usr/lib/x", ""), symlink("lib", "usr/lib")}
	tree := mustBuild(t, base, layer{dir("lib"), file("lib/y", "")})
	expect(t, tree, "d 700 lib", "f 644 lib/y = ", "d 755 usr", "d 700 usr/lib", "f 644 usr/lib/x = ")
}

func TestT7ParentWithoutAnEntryReplacesASymlinkOfALowerLayer(t *testing.T) {
	base := layer{dir("usr/lib"), file("usr/lib/x", ""), symlink("lib", "usr/lib")}
	tree := mustBuild(t, base, layer{file("lib/y", "")})
	expect(t, tree, "d 755 lib", "f 644 lib/y = ", "d 755 usr", "d 700 usr/lib", "f 644 usr/lib/x = ")
}

func TestT7SymlinkThatTheLayerRepeatsIsFollowed(t *testing.T) {
	base := layer{dir("usr/lib"), file("usr/lib/x", ""), symlink("lib", "usr/lib")}
	tree := mustBuild(t, base, layer{symlink("lib", "usr/lib"), file("lib/y", "")})
	expect(t, tree, "l 777 lib -> usr/lib", "d 755 usr", "d 700 usr/lib", "f 644 usr/lib/x = ", "f 644 usr/lib/y = ")
}

func TestT8LaterTypeWinsAndTheOldSubtreeIsGone(t *testing.T) {
	for behaviour, c := range map[string]struct {
		stack []layer
		want  []string
	}{
		"file over directory":                        {[]layer{{dir("a"), file("a/b", "")}, {file("a", "x")}}, []string{"f 644 a = x"}},
		"symlink over directory":                     {[]layer{{dir("a"), file("a/b", "")}, {symlink("a", "c")}}, []string{"l 777 a -> c"}},
		"directory over file":                        {[]layer{{file("a", "x")}, {dir("a"), file("a/b", "y")}}, []string{"d 700 a", "f 644 a/b = y"}},
		"directory over directory":                   {[]layer{{file("a/b", "x")}, {dir("a")}}, []string{"d 700 a", "f 644 a/b = x"}},
		"directory over file over directory":         {[]layer{{dir("a"), file("a/b", "")}, {file("a", "x")}, {dir("a")}}, []string{"d 700 a"}},
		"directory, file and directory in one layer": {[]layer{{dir("a"), file("a/b", ""), file("a", "x"), dir("a")}}, []string{"d 700 a"}},
		"file below a file":                          {[]layer{{file("a", "x")}, {file("a/b/c", "y")}}, []string{"d 755 a", "d 755 a/b", "f 644 a/b/c = y"}},
		"file below a device":                        {[]layer{{{Name: "a", Inode: rootfs.Inode{Kind: rootfs.CharDevice}}}, {file("a/b", "y")}}, []string{"d 755 a", "f 644 a/b = y"}},
		"file below a hardlink":                      {[]layer{{file("a", "x"), hardlink("h", "a")}, {file("h/b", "y")}}, []string{"f 644 a = x", "d 755 h", "f 644 h/b = y"}},
		"whiteout below a file":                      {[]layer{{file("a", "x")}, {whiteout("a/.wh.b")}}, []string{"d 755 a"}},
		"opaque below a file":                        {[]layer{{file("a", "x")}, {whiteout("a/.wh..wh..opq")}}, []string{"d 755 a"}},
		"whiteout below a file of its layer":         {[]layer{{file("a", "x"), whiteout("a/.wh.b")}}, []string{"f 644 a = x"}},
		"file over a directory, then one again":      {[]layer{{file("a/b", "x")}, {file("a", ""), dir("a")}}, []string{"d 700 a", "f 644 a/b = x"}},
		"duplicate name, last wins":                  {[]layer{{file("a", "1"), file("./a", "2"), file("/a", "3")}}, []string{"f 644 a = 3"}},
	} {
		t.Run(behaviour, func(t *testing.T) { expect(t, mustBuild(t, c.stack...), c.want...) })
	}
}

func TestT9SpellingsOfOneName(t *testing.T) {
	for _, name := range []string{"a/b", "./a/b", "/a/b", "a/b/", "//a///b//", "././a/./b/.", "c/../a/b", "a/c/../b", "./c/d/../../a/b/c/..", "/c/../a/b"} {
		expect(t, mustBuild(t, layer{file(name, "x")}), "d 755 a", "f 644 a/b = x")
	}
}

func TestT9RefusedNames(t *testing.T) {
	long := strings.Repeat("n", 256)
	for _, name := range []string{
		"..", "../x", "a/..", "/../x", "./..", "a/b/../../../x", "a/../../a", "../.wh.x", "d/../../.wh..wh..opq",
		".wh.", "d/.wh.", ".wh..", "d/.wh..", ".wh...", "x/../.wh.",
		"a\x00b", long, "d/" + long, strings.Repeat("d/", 2100) + "x",
		"", ".", "/", // the root is no file
	} {
		if tree, err := build(layer{file("f", ""), dir("d")}, layer{file(name, "")}); err == nil {
			t.Errorf("%.40q is accepted: %q", name, list(tree))
		}
	}
}

// As dockerd cleans names: before any link is followed.
func TestT9DotDotIsCleanedAwayByTheText(t *testing.T) {
	tree := mustBuild(t, layer{dir("d/e"), symlink("l", "d/e"), file("l/../f", "x")})
	expect(t, tree, "d 755 d", "d 700 d/e", "f 644 f = x", "l 777 l -> d/e")
	tree = mustBuild(t, layer{file("a", "1"), file("d/b", "2")}, layer{whiteout("x/../.wh.a"), whiteout("d/./y/../.wh..wh..opq"), hardlink("h", "q/../new"), file("new", "3")})
	expect(t, tree, "d 755 d", "f 644 h = 3", "h new == h")
}

func TestT9OnlyTheLastPartOfANameIsAWhiteout(t *testing.T) {
	base := layer{file("x", "lower"), file("d/x", "lower")}
	tree := mustBuild(t, base, layer{file(".wh.x/file", "1"), hardlink("d/.wh.y/h", ".wh.x/file"), file("d/.wh..wh..opq/f", "2"), whiteout("d/.wh..wh.z")})
	expect(t, tree, "d 755 .wh.x", "f 644 .wh.x/file = 1", "d 755 d", "d 755 d/.wh..wh..opq", "f 644 d/.wh..wh..opq/f = 2",
		"d 755 d/.wh.y", "h d/.wh.y/h == .wh.x/file", "f 644 d/x = lower", "f 644 x = lower")
	tree = mustBuild(t, base, layer{dir(".wh.x"), dir("d/.wh.x/")}) // of whatever kind
	expect(t, tree, "d 755 d")
	tree = mustBuild(t, layer{file(".wh.x/file", "1")}, layer{whiteout(".wh..wh.x"), whiteout("d/.wh..wh.y"), whiteout(".wh.x/.wh.file")})
	expect(t, tree, "d 755 .wh.x", "d 755 d")
}

func TestT26TheRootIsAsDockerMakesIt(t *testing.T) {
	for _, name := range []string{"", ".", "./", "/"} {
		e := dir(name)
		e.Inode.UID, e.Inode.GID, e.Inode.Xattrs = 1000, 1000, map[string]string{"user.x": "y"}
		tree := mustBuild(t, layer{file("a", "")}, layer{e})
		ino, ok := tree.Lstat(".")
		if want := (rootfs.Inode{Kind: rootfs.Dir, Mode: 0o755, ModTime: rootfs.Epoch, Number: ino.Number}); !ok || !reflect.DeepEqual(*ino, want) {
			t.Errorf("%q: the root is %+v", name, ino)
		}
		expect(t, tree, "f 644 a = ")
	}
}

func TestT9NamesAreBytes(t *testing.T) {
	for _, name := range []string{`back\slash`, "new\nline", "\xff\xfe", "B::Op.3pm", "C:", "..a", "a..", "...", " ", "-rf", ".wh", "ü", "u\u0308"} {
		tree := mustBuild(t, layer{file(name, "x")})
		expect(t, tree, "f 644 "+name+" = x")
	}
}

func TestT9SymlinksStayInsideTheRoot(t *testing.T) {
	for behaviour, c := range map[string]struct {
		l    layer
		want []string
	}{
		"an absolute link":                   {layer{symlink("localetc", "/etc"), file("localetc/f", "x")}, []string{"d 755 etc", "f 644 etc/f = x", "l 777 localetc -> /etc"}},
		"a link above the root":              {layer{dir("a"), symlink("a/l", "../../../../b"), file("a/l/f", "x")}, []string{"d 700 a", "l 777 a/l -> ../../../../b", "d 755 b", "f 644 b/f = x"}},
		"a link to the root":                 {layer{symlink("l", "/"), file("l/l/f", "x")}, []string{"f 644 f = x", "l 777 l -> /"}},
		"a link to the parent":               {layer{dir("a"), symlink("a/l", ".."), file("a/l/a/l/f", "x")}, []string{"d 700 a", "l 777 a/l -> ..", "f 644 f = x"}},
		"a chain of links":                   {layer{symlink("l1", "l2"), symlink("l2", "/d/l3"), symlink("d/l3", "e"), file("l1/f", "x")}, []string{"d 755 d", "d 755 d/e", "f 644 d/e/f = x", "l 777 d/l3 -> e", "l 777 l1 -> l2", "l 777 l2 -> /d/l3"}},
		"the last component is not followed": {layer{file("a", "x"), symlink("l", "a"), file("l", "y")}, []string{"f 644 a = x", "f 644 l = y"}},
		"a whiteout through a link":          {layer{file("d/f", ""), symlink("l", "d"), whiteout("l/.wh.f")}, []string{"d 755 d", "f 644 d/f = ", "l 777 l -> d"}},
		"to a file":                          {layer{file("a", "x"), symlink("l", "a"), file("l/f", "y")}, []string{"d 755 a", "f 644 a/f = y", "l 777 l -> a"}},
		"missing and back":                   {layer{symlink("l", "gone/../b"), file("l/f", "x")}, []string{"d 755 b", "f 644 b/f = x", "l 777 l -> gone/../b"}},
	} {
		t.Run(behaviour, func(t *testing.T) { expect(t, mustBuild(t, c.l), c.want...) })
	}
}

func TestT9LoopOfSymlinksIsAnError(t *testing.T) {
	for _, l := range []layer{
		{symlink("l", "l"), file("l/f", "")},
		{symlink("a", "b"), symlink("b", "a"), file("a/f", "")},
		{symlink("a", "a/a"), hardlink("h", "a/b")},
	} {
		if _, err := build(l); err == nil || !strings.Contains(err.Error(), "symbolic links") {
			t.Errorf("%v: %v", l, err)
		}
	}
	if tree := mustBuild(t, layer{symlink("l", "l")}); len(list(tree)) != 1 {
		t.Error("a loop that nobody goes through is no error")
	}
}

func TestT10XattrsThatStayAndThatGo(t *testing.T) {
	capability := "\x01\x00\x00\x03\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xe8\x03\x00\x00" // v3, rootid 1000
	for _, c := range []struct {
		kind        rootfs.Kind
		name, value string
		stays       bool
	}{
		{rootfs.File, "security.capability", capability, true},
		{rootfs.File, "user.comment", "a\x00b\xff", true},
		{rootfs.File, "user.empty", "", true},
		{rootfs.Dir, "user.comment", "x", true},
		{rootfs.Symlink, "user.comment", "x", false},
		{rootfs.FIFO, "user.comment", "x", false},
		{rootfs.File, "user.", "x", false},
		{rootfs.File, "user." + strings.Repeat("x", 251), "x", false},
		{rootfs.File, "user.long", strings.Repeat("x", 65537), false},
		{rootfs.File, "user.nul\x00", "x", false},
		{rootfs.File, "trusted.overlay.opaque", "y", false},
		{rootfs.File, "security.selinux", "x", false},
		{rootfs.File, "security.ima", "x", false},
		{rootfs.File, "system.posix_acl_access", "x", false},
		{rootfs.File, "com.apple.quarantine", "x", false},
	} {
		e := rootfs.Entry{Name: "a", Inode: rootfs.Inode{Kind: c.kind, Target: "t", Xattrs: map[string]string{c.name: c.value, "trusted.x": "y"}}}
		ino, _ := mustBuild(t, layer{e}).Lstat("a")
		value, stays := ino.Xattrs[c.name]
		if stays != c.stays || stays && value != c.value {
			t.Errorf("%.40q of kind %d: stays %v, want %v", c.name, c.kind, stays, c.stays)
		}
		if _, ok := ino.Xattrs["trusted.x"]; ok {
			t.Error("trusted.x stays")
		}
	}
}

func TestT22DevIsAnEmptyDirectory(t *testing.T) {
	null := rootfs.Entry{Name: "dev/null", Inode: rootfs.Inode{Kind: rootfs.CharDevice, Mode: 0o666, Major: 1, Minor: 3}}
	loop := rootfs.Entry{Name: "srv/loop", Inode: rootfs.Inode{Kind: rootfs.BlockDevice, Mode: 0o600, Major: 7}}
	pipe := rootfs.Entry{Name: "srv/pipe", Inode: rootfs.Inode{Kind: rootfs.FIFO, Mode: 0o600}}
	expect(t, mustBuild(t, layer{dir("dev"), null, symlink("dev/fd", "/proc/self/fd"), file("dev/shm/x", ""), loop, pipe}),
		"d 700 dev", "d 755 srv", "b 600 srv/loop", "p 600 srv/pipe")
	expect(t, mustBuild(t, layer{null}, layer{whiteout("dev/.wh.null"), symlink("d", "dev"), file("d/x", "")}),
		"l 777 d -> dev", "d 755 dev")
	expect(t, mustBuild(t, layer{symlink("dev", "/srv")}), "d 755 dev")
	expect(t, mustBuild(t, layer{file("dev/x", "x"), hardlink("y", "dev/x")}), "d 755 dev", "f 644 y = x")
	expect(t, mustBuild(t, layer{dir("dev")}, layer{whiteout(".wh.dev")}))
}
