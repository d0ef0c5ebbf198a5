package squashfs_test

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"lxdocker/internal/rootfs"
	"lxdocker/internal/squashfs/squashfstest"
	"lxdocker/internal/testenv"
)

// The superblock says what mksquashfs says of the same tree, but for the places
// of tables, and for two flags: that there are no fragments, or no attributes,
// mksquashfs says only if it was told to make none.
func TestTheSuperblockIsAsMksquashfsMakesIt(t *testing.T) {
	mksquashfs := testenv.NeedsProgram(t, "mksquashfs", "squashfs-tools")
	const noFragments, noXattrs = 0x10, 0x200
	few := rootfs.New()
	put(t, few, "usr/file", rootfs.Inode{Kind: rootfs.File, UID: 7, GID: 8, Content: rootfs.Bytes("x")})
	put(t, few, "usr/large", rootfs.Inode{Kind: rootfs.File, Content: rootfs.Bytes(bytesOf(2*MiB, 1))})
	put(t, few, "null", rootfs.Inode{Kind: rootfs.CharDevice, Major: 1, Minor: 3})
	more := rootfs.New()
	put(t, more, "file", rootfs.Inode{Kind: rootfs.File, Content: rootfs.Bytes("x"), Xattrs: map[string]string{"user.a": "b"}})
	for what, c := range map[string]struct {
		tree  *rootfs.Tree
		flags uint16 // that mksquashfs does not set
	}{
		"attributes":    {more, 0},
		"no attributes": {few, noXattrs},
		"no files":      {rootfs.New(), noFragments | noXattrs},
	} {
		t.Run(what, func(t *testing.T) {
			ours := newFixture(t).write(t, c.tree)
			theirs := filepath.Join(t.TempDir(), "image")
			dir := squashfstest.Unpack(t, ours)
			if out, err := exec.Command(mksquashfs, dir, theirs, "-comp", "zstd", "-b", "1M", "-mkfs-time", "0", "-quiet", "-no-progress").CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			us, them := superblockOf(t, ours), superblockOf(t, theirs)
			if got, want := binary.LittleEndian.Uint16(us[24:]), binary.LittleEndian.Uint16(them[24:])|c.flags; got != want {
				t.Errorf("the flags are %#x, not %#x", got, want)
			}
			for name, at := range map[string][2]int{
				"magic, inodes, time, block size, fragments, compression": {0, 24}, "ids, version": {26, 32},
			} {
				if got, want := us[at[0]:at[1]], them[at[0]:at[1]]; string(got) != string(want) {
					t.Errorf("%s: % x, not % x", name, got, want)
				}
			}
			for i, table := range []string{"id", "attribute", "inode", "directory", "fragment", "export"} {
				got, want := binary.LittleEndian.Uint64(us[48+8*i:]), binary.LittleEndian.Uint64(them[48+8*i:])
				if (got == 1<<64-1) != (want == 1<<64-1) {
					t.Errorf("the %s table is at %#x, and that of mksquashfs at %#x", table, got, want)
				}
			}
		})
	}
}

func superblockOf(t *testing.T, image string) []byte {
	t.Helper()
	data, err := os.ReadFile(image)
	if err != nil {
		t.Fatal(err)
	}
	return data[:superblockSize]
}
