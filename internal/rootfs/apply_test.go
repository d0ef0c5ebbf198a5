package rootfs_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"lxdocker/internal/rootfs"
)

func TestMissingParentsArePlainDirectories(t *testing.T) {
	tree := mustBuild(t, layer{file("a/b/c", "")})
	for _, name := range []string{"a", "a/b"} {
		ino, ok := tree.Lstat(name)
		if !ok || ino.Kind != rootfs.Dir || ino.Mode != 0o755 || ino.UID != 0 || ino.GID != 0 || ino.ModTime != rootfs.Epoch {
			t.Errorf("%s is %+v", name, ino)
		}
	}
}

func TestParentDescribedLaterKeepsItsContent(t *testing.T) {
	expect(t, mustBuild(t, layer{file("a/b", "x"), dir("a")}), "d 700 a", "f 644 a/b = x")
}

func TestMetadataIsKeptAsFarAsItCanBeStored(t *testing.T) {
	for given, want := range map[int64]int64{0: 0, -1: 0, math.MinInt64: 0, 1 << 32: 1<<32 - 1, math.MaxInt64: 1<<32 - 1, 12345: 12345} {
		e := file("a", "")
		e.Inode.ModTime, e.Inode.Mode, e.Inode.UID, e.Inode.GID = given, 0o106755, math.MaxUint32, 1<<31
		ino, _ := mustBuild(t, layer{e}).Lstat("a")
		if ino.ModTime != want || ino.Mode != 0o6755 || ino.UID != math.MaxUint32 || ino.GID != 1<<31 {
			t.Errorf("time %d: %+v", given, ino)
		}
	}
}

func TestSymlinksAllHaveOneMode(t *testing.T) {
	e := symlink("a", "b")
	e.Inode.Mode = 0o4755 // as bsdtar on macOS writes it
	expect(t, mustBuild(t, layer{e}), "l 777 a -> b")
}

func TestAsManySymlinksAsInLinux(t *testing.T) {
	chain := layer{file("end/f", "x")}
	for i := range 41 {
		chain = append(chain, symlink(fmt.Sprint(i), fmt.Sprint(i+1)))
	}
	tree := mustBuild(t, append(chain, symlink("41", "end")))
	if _, ok := tree.Lookup("2/f"); !ok {
		t.Error("40 links on the way are too many")
	}
	if _, ok := tree.Lookup("1/f"); ok {
		t.Error("41 links on the way are not too many")
	}
}

func TestEntriesThatNoFileSystemHas(t *testing.T) {
	for behaviour, e := range map[string]rootfs.Entry{
		"no kind":                 {Name: "a"},
		"unknown kind":            {Name: "a", Inode: rootfs.Inode{Kind: 99}},
		"symlink to nothing":      symlink("a", ""),
		"symlink too long":        symlink("a", strings.Repeat("x", 4096)),
		"NUL in a symlink":        symlink("a", "b\x00c"),
		"root that is no dir":     symlink("/", "x"),
		"aufs file of no kind":    {Name: ".wh..wh.plnk/1"},
		"long path through links": file("l/"+strings.Repeat("d/", 2000)+"x", ""),
	} {
		t.Run(behaviour, func(t *testing.T) {
			if _, err := build(layer{symlink("l", strings.Repeat("d/", 2000)), e}); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("applying entry %q", e.Name)) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestErrorOfTheLayerEndsApply(t *testing.T) {
	broken := errors.New("broken")
	err := rootfs.New().Apply(t.Context(), func(yield func(rootfs.Entry, error) bool) {
		if yield(file("a", ""), nil) {
			yield(rootfs.Entry{}, broken)
		}
	})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestAufsLeftoversAreDroppedButTheirLinksWork(t *testing.T) {
	tree := mustBuild(t, layer{
		dir(".wh..wh.plnk"), file(".wh..wh.plnk/12.34", "linked"), file(".wh..wh.aufs", ""), dir(".wh..wh.orph"),
		hardlink("a", ".wh..wh.plnk/12.34"), hardlink("b", "./.wh..wh.plnk/12.34"), hardlink("c", ".wh..wh.plnk/56"),
		file(".wh..wh.plnk/56", "late"), file("d/.wh..wh.other", ""),
	})
	expect(t, tree, "f 644 a = linked", "h b == a", "f 644 c = late", "d 755 d")
	if _, err := build(layer{hardlink("a", ".wh..wh.plnk/12.34")}); err == nil {
		t.Error("a link to nothing is accepted")
	}
}

func TestApplyDoesNotKeepTheCallersMaps(t *testing.T) {
	e := file("a", "")
	e.Inode.Xattrs = map[string]string{"user.a": "1"}
	tree := mustBuild(t, layer{e})
	e.Inode.Xattrs["user.a"] = "2"
	if ino, _ := tree.Lstat("a"); ino.Xattrs["user.a"] != "1" {
		t.Error("the tree changed with the caller's map")
	}
}

// Without care each of these takes hours.
func TestHostileLayersTakeNoTime(t *testing.T) {
	const n = 50_000
	var lower, upper layer
	for i := range n {
		lower = append(lower, file(fmt.Sprintf("d/%d", i), ""))
		upper = append(upper, file(fmt.Sprintf("d/own%d", i), ""), whiteout("d/.wh..wh..opq"), whiteout(".wh.d"))
	}
	if got := len(list(mustBuild(t, lower, upper))); got != n+1 {
		t.Errorf("%d names, want %d", got, n+1)
	}
	var chain layer
	for i := range n {
		chain = append(chain, hardlink(fmt.Sprint(i), fmt.Sprint(i+1)))
	}
	if got := len(list(mustBuild(t, append(chain, file(fmt.Sprint(n), ""))))); got != n+1 {
		t.Errorf("%d names, want %d", got, n+1)
	}
}
