package squashfs_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"lxdocker/internal/block"
	"lxdocker/internal/rootfs"
	"lxdocker/internal/squashfs/squashfstest"
)

// randomTrees is how many trees all three readers are asked about; `make scale` asks
// about 2,000.
const randomTrees = 200

const MiB = block.Size

var (
	genName = rapid.OneOf(
		rapid.SampledFrom([]string{"a", "b", "c", "d"}),
		rapid.SampledFrom([]string{"a", "b", "c", "d", "lost+found", "-n", "*", "\\", "\n", "\xff\xfe", "ä", " ", "..."}),
		rapid.Map(rapid.SliceOfN(rapid.ByteRange(1, 255), 1, 12), func(b []byte) string {
			return "x" + strings.ReplaceAll(string(b), "/", "_")
		}),
		rapid.Map(rapid.IntRange(200, 255), func(n int) string { return strings.Repeat("n", n) }),
	)
	genPath = rapid.Map(rapid.SliceOfN(genName, 1, 5), func(parts []string) string { return strings.Join(parts, "/") })
	genID   = rapid.OneOf(rapid.SampledFrom([]uint32{0, 0, 1, 1000}), rapid.Uint32Range(0, 1<<32-2))
	genSize = rapid.OneOf(
		rapid.SampledFrom([]int{0, 1, 2, 100}),
		rapid.IntRange(0, 20_000),
		rapid.SampledFrom([]int{0, 1, 5, 77, 4096, 300_000, MiB - 1, MiB, MiB + 1, 3*MiB + 5}),
	)
	genContent = rapid.Custom(func(t *rapid.T) []byte {
		return bytesOf(genSize.Draw(t, "size"), rapid.Uint64Range(0, 9).Draw(t, "seed"))
	})
	genValue = rapid.OneOf(
		rapid.SampledFrom([]string{"", "short", "12345678", "123456789", strings.Repeat("shared", 30), strings.Repeat("long", 16<<10)}),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 40), func(b []byte) string { return string(b) }),
	)
	genXattrs = rapid.Custom(func(t *rapid.T) map[string]string {
		set := map[string]string{}
		if rapid.IntRange(0, 2).Draw(t, "attributes") > 0 {
			return nil
		}
		for range rapid.IntRange(0, 3).Draw(t, "count") {
			set["user."+rapid.SampledFrom([]string{"a", "b", "ä\n", strings.Repeat("u", 250)}).Draw(t, "attribute")] = genValue.Draw(t, "value")
		}
		if rapid.Bool().Draw(t, "capability") {
			// vfs_cap_data of revision 2: the kernel takes nothing else.
			set["security.capability"] = fmt.Sprintf("\x00\x00\x00\x02%c\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", rapid.ByteRange(0, 127).Draw(t, "bits"))
		}
		return set
	})
	genInode = rapid.Custom(func(t *rapid.T) rootfs.Inode {
		ino := rootfs.Inode{
			Kind:    rapid.SampledFrom([]rootfs.Kind{rootfs.File, rootfs.File, rootfs.File, rootfs.Dir, rootfs.Dir, rootfs.Symlink, rootfs.CharDevice, rootfs.BlockDevice, rootfs.FIFO}).Draw(t, "kind"),
			Mode:    rapid.Uint32Range(0, 0o7777).Draw(t, "mode"),
			UID:     genID.Draw(t, "uid"),
			GID:     genID.Draw(t, "gid"),
			ModTime: rapid.Int64Range(0, 1<<32-1).Draw(t, "time"),
			Xattrs:  genXattrs.Draw(t, "xattrs"),
		}
		switch ino.Kind {
		case rootfs.Symlink:
			ino.Target = rapid.OneOf(genPath, rapid.Map(rapid.IntRange(1, 4095), func(n int) string { return strings.Repeat("t", n) })).Draw(t, "target")
		case rootfs.CharDevice, rootfs.BlockDevice:
			ino.Major, ino.Minor = rapid.Uint32Range(0, 1<<12-1).Draw(t, "major"), rapid.Uint32Range(0, 1<<20-1).Draw(t, "minor")
		}
		return ino
	})
)

// genTree draws layers, each with a store that holds more than is needed, and
// edits with contents of our own.
func (fix *fixture) genTree(t *rapid.T) *rootfs.Tree {
	tree := rootfs.New()
	var names []string
	inode := func(contents []storedContent) (string, rootfs.Inode) {
		ino := genInode.Draw(t, "inode")
		if ino.Kind == rootfs.File && len(contents) > 0 {
			ino.Content = contents[rapid.IntRange(0, len(contents)-1).Draw(t, "content")]
		} else if ino.Kind == rootfs.File {
			ino.Content = rootfs.Bytes(genContent.Draw(t, "uncached"))
		}
		name := genPath.Draw(t, "name")
		if rapid.IntRange(0, 9).Draw(t, "root") == 0 && ino.Kind == rootfs.Dir {
			name = "."
		}
		names = append(names, name)
		return name, ino
	}
	for range rapid.IntRange(0, 3).Draw(t, "layers") {
		contents := rapid.SliceOfN(genContent, 0, 4).Draw(t, "contents")
		stored, err := fix.tryStore(contents...)
		if err != nil {
			t.Fatal(err)
		}
		if len(stored) > 0 {
			t.Cleanup(func() { stored[0].store.Close() })
		}
		var entries []rootfs.Entry
		for range rapid.IntRange(0, 8).Draw(t, "entries") {
			name, ino := inode(stored)
			entries = append(entries, rootfs.Entry{Name: name, Inode: ino})
		}
		if err := apply(tree, entries); err != nil {
			t.Skip(err)
		}
	}
	for range rapid.IntRange(0, 4).Draw(t, "edits") {
		name, ino := inode(nil)
		_ = tree.Put(name, ino) // what is refused is not in the tree
	}
	for range rapid.IntRange(0, 5).Draw(t, "hardlinks") {
		if len(names) > 0 {
			_ = tree.Link(rapid.SampledFrom(names).Draw(t, "from"), genPath.Draw(t, "to"))
		}
	}
	return tree
}

func TestAllReadersAgreeOnRandomTrees(t *testing.T) {
	readers := squashfstest.Able(t)
	const shares = 8 // run side by side: mounting is waiting mostly
	if !isSet("rapid.checks") {
		set(t, "rapid.checks", fmt.Sprint(randomTrees/shares))
	}
	t.Run("share", func(t *testing.T) {
		for i := range shares {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				fix := newFixture(t)
				rapid.Check(t, func(t *rapid.T) {
					tree := fix.genTree(t)
					image, err := fix.tryWrite(tree)
					if err != nil {
						t.Fatal(err)
					}
					defer os.Remove(image)
					want, err := squashfstest.OfTree(tree)
					if err != nil {
						t.Fatal(err)
					}
					if err := squashfstest.Check(readers, image, want); err != nil {
						t.Fatal(err)
					}
				})
			})
		}
	})
}

func isSet(name string) (found bool) {
	flag.Visit(func(f *flag.Flag) { found = found || f.Name == name })
	return found
}

func set(t *testing.T, name, value string) {
	old := flag.Lookup(name).Value.String()
	if err := flag.Set(name, value); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { flag.Set(name, old) })
}
