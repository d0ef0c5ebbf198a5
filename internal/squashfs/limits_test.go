package squashfs_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"lxdocker/internal/rootfs"
	"lxdocker/internal/squashfs/squashfstest"
)

// perDirectory is how many names a directory gets where many are needed in all: to find
// one, the kernel goes through the directory from its beginning.
const perDirectory = 100

func TestAnEmptyTree(t *testing.T) {
	newFixture(t).check(t, rootfs.New())
}

func TestADirectoryOfAHundredThousandNamesAtScale(t *testing.T) {
	t.Parallel()
	tree := rootfs.New()
	for i := range 100_000 {
		put(t, tree, fmt.Sprintf("many/%d-of-100000", i), rootfs.Inode{Kind: rootfs.FIFO, Mode: uint32(i) & 0o777, ModTime: int64(i)})
	}
	newFixture(t).check(t, tree)
}

// Metadata blocks hold 8 KiB: listings end before, at and after the end of one,
// and before, at and after the size that inodes of small directories can tell.
func TestListingsAtTheirLimits(t *testing.T) {
	t.Parallel()
	tree := rootfs.New()
	fill := func(dir string, size int) {
		for n := 0; size > 263; n++ {
			name := fmt.Sprintf("%0192d", n) // 200 bytes of the listing
			put(t, tree, dir+"/"+name, rootfs.Inode{Kind: rootfs.FIFO})
			size -= 200
		}
		put(t, tree, dir+"/"+strings.Repeat("z", size-8), rootfs.Inode{Kind: rootfs.FIFO})
	}
	for _, limit := range []int{8 << 10, 16 << 10} {
		for size := limit - 40; size <= limit+10; size++ {
			fill(fmt.Sprintf("%d", size), size)
		}
	}
	for size := 65535 - 120; size < 65535+20; size += 7 {
		fill(fmt.Sprintf("%d", size), size)
	}
	newFixture(t).check(t, tree)
}

func TestLongNamesAndTargets(t *testing.T) {
	tree := rootfs.New()
	name := strings.Repeat("n", 255)
	put(t, tree, name+"/"+name, rootfs.Inode{Kind: rootfs.Symlink, Target: strings.Repeat("t", 4095)})
	put(t, tree, name+"/a", rootfs.Inode{Kind: rootfs.Symlink, Target: "t"})
	newFixture(t).check(t, tree)
}

func TestLongPaths(t *testing.T) {
	t.Parallel()
	deep := strings.TrimSuffix(strings.Repeat("d/", 2000), "/")
	wide := strings.Repeat(strings.Repeat("w", 200)+"/", 19) + "end"
	tree := rootfs.New()
	put(t, tree, deep, rootfs.Inode{Kind: rootfs.File, Content: rootfs.Bytes("deep")})
	put(t, tree, wide, rootfs.Inode{Kind: rootfs.File, Content: rootfs.Bytes("wide")})
	newFixture(t).check(t, tree)
}

// The longest path that Linux knows.
func TestThePathOfFourKiB(t *testing.T) {
	t.Parallel()
	tree := rootfs.New()
	put(t, tree, strings.Repeat("d/", 2047)+"x", rootfs.Inode{Kind: rootfs.File, Content: rootfs.Bytes("deep")})
	image := newFixture(t).write(t, tree)
	// Not unsquashfs, which opens files by names like "./d/d/…", from the folder
	// it unpacks into: then they may have two bytes less.
	able := slices.DeleteFunc(squashfstest.Readers(), func(r squashfstest.Reader) bool { return r.Name == "unsquashfs" })
	squashfstest.ExpectOf(t, able, image, nodesOf(t, tree))
}

func TestManyOwners(t *testing.T) {
	t.Parallel()
	tree := rootfs.New()
	for i := range uint32(5000) { // five blocks of the table; the next test has as many as there may be
		put(t, tree, fmt.Sprintf("d%d/%d", i/perDirectory, i), rootfs.Inode{Kind: rootfs.FIFO, UID: 1<<31 + i, GID: 100_000 + i})
	}
	newFixture(t).check(t, tree)
}

func TestTooManyOwnersAtScale(t *testing.T) {
	t.Parallel()
	tree := rootfs.New()
	for i := range uint32(65_534) {
		put(t, tree, fmt.Sprintf("%d/%d", i/perDirectory, i), rootfs.Inode{Kind: rootfs.FIFO, UID: 1 + i})
	}
	fix := newFixture(t)
	fix.check(t, tree) // with root, as many as there may be
	put(t, tree, "one-more", rootfs.Inode{Kind: rootfs.FIFO, UID: 1 << 30})
	_, err := fix.tryWrite(tree)
	if err == nil || !strings.Contains(err.Error(), `"one-more"`) || !strings.Contains(err.Error(), "65535 different") {
		t.Errorf("got %v", err)
	}
}

func TestDevicesAtTheirLimits(t *testing.T) {
	tree := rootfs.New()
	for i, kind := range []rootfs.Kind{rootfs.CharDevice, rootfs.BlockDevice} {
		for j, minor := range []uint32{0, 255, 256, 1<<20 - 1} {
			put(t, tree, fmt.Sprintf("low%d%d", i, j), rootfs.Inode{Kind: kind, Minor: minor})
			put(t, tree, fmt.Sprintf("high%d%d", i, j), rootfs.Inode{Kind: kind, Major: 1<<12 - 1, Minor: minor})
		}
	}
	fix := newFixture(t)
	fix.check(t, tree)
	for _, ino := range []rootfs.Inode{{Kind: rootfs.CharDevice, Major: 1 << 12}, {Kind: rootfs.BlockDevice, Minor: 1 << 20}} {
		put(t, tree, "too/large", ino)
		if _, err := fix.tryWrite(tree); err == nil || !strings.Contains(err.Error(), `"too/large"`) {
			t.Errorf("got %v", err)
		}
	}
}

func TestSeventyThousandNamesOfOneFileAtScale(t *testing.T) {
	t.Parallel()
	tree := rootfs.New()
	put(t, tree, "a", rootfs.Inode{Kind: rootfs.File, Mode: 0o600, Content: rootfs.Bytes("x")})
	for i := range 69_999 {
		if err := tree.Link("a", fmt.Sprintf("%d/%d", i/perDirectory, i)); err != nil {
			t.Fatal(err)
		}
	}
	newFixture(t).check(t, tree)
}

func TestAllKindsCanHaveSeveralNamesAndAttributes(t *testing.T) {
	tree := rootfs.New()
	capability := map[string]string{"security.capability": "\x00\x00\x00\x02\x11\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"}
	for kind := rootfs.Dir; kind <= rootfs.FIFO; kind++ {
		for i, xattrs := range []map[string]string{nil, capability} {
			name := fmt.Sprintf("%d-%d", kind, i)
			put(t, tree, name, rootfs.Inode{Kind: kind, Mode: 0o4755, UID: 1, Major: 5, Target: "somewhere", Xattrs: xattrs, Content: rootfs.Bytes("x")})
			if kind == rootfs.Dir {
				continue
			}
			if err := tree.Link(name, "z/"+name); err != nil {
				t.Fatal(err)
			}
		}
	}
	newFixture(t).check(t, tree)
}

func TestAttributesAreStoredOnce(t *testing.T) {
	t.Parallel()
	tree := rootfs.New()
	long := string(bytesOf(64<<10, 3)) // cannot be compressed
	for i := range 500 {
		xattrs := map[string]string{"user.long": long, "user.each": fmt.Sprint("value number ", i%250), "user.empty": "", "user.short": "12345678"}
		if i%7 == 0 {
			xattrs["user.again"] = xattrs["user.each"]
		}
		put(t, tree, fmt.Sprint(i), rootfs.Inode{Kind: rootfs.File, Xattrs: xattrs})
	}
	image := newFixture(t).check(t, tree)
	if info, err := os.Stat(image); err != nil || info.Size() > 110<<10 {
		t.Errorf("500 times the same 64 KiB take %d bytes, %v", info.Size(), err)
	}
}

// File handles hold the number of an inode, so to open one is to ask the export
// table. NFS does that, and fanotify.
func TestInodesAreFoundByTheirNumbers(t *testing.T) {
	tree := rootfs.New()
	for i := range 3000 {
		put(t, tree, fmt.Sprintf("d%d/f%d", i%7, i), rootfs.Inode{Kind: rootfs.File, Content: rootfs.Bytes(fmt.Sprint(i))})
	}
	image := newFixture(t).write(t, tree)
	dir, end := squashfstest.Mount(t, image)
	handles := make(map[string]unix.FileHandle)
	for name := range tree.All() {
		h, _, err := unix.NameToHandleAt(unix.AT_FDCWD, filepath.Join(dir, name), 0)
		if err != nil {
			t.Fatal(err)
		}
		handles[name] = h
	}
	end() // or the kernel remembers them
	dir, _ = squashfstest.Mount(t, image)
	root, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for name, ino := range tree.All() {
		fd, err := unix.OpenByHandleAt(int(root.Fd()), handles[name], unix.O_RDONLY)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if ino.Kind == rootfs.File {
			got := make([]byte, 10)
			n, err := unix.Read(fd, got)
			if want := ino.Content.(rootfs.Bytes); err != nil || !bytes.Equal(got[:n], want) {
				t.Errorf("%s: got %q, %v", name, got[:n], err)
			}
		}
		unix.Close(fd)
	}
}
