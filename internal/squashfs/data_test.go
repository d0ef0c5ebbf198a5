package squashfs_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"lxdocker/internal/block"
	"lxdocker/internal/rootfs"
	"lxdocker/internal/squashfs"
	"lxdocker/internal/squashfs/squashfstest"
)

const superblockSize = 96

func (fix *fixture) bytes(t testing.TB, tree *rootfs.Tree) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := squashfs.Write(context.Background(), &out, tree, fix.options); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestSizesAroundABlock(t *testing.T) {
	fix := newFixture(t)
	tree := rootfs.New()
	for _, size := range []int{0, 1, MiB - 1, MiB, MiB + 1, 2*MiB - 1, 2 * MiB, 3*MiB + 5} {
		for _, seed := range []uint64{0, 1, 3} { // zeros, what can be compressed, what cannot
			name := fmt.Sprintf("%d-%d", size, seed)
			c := bytesOf(size, seed)
			put(t, tree, "uncached/"+name, rootfs.Inode{Kind: rootfs.File, Content: rootfs.Bytes(c)})
			put(t, tree, "stored/"+name, rootfs.Inode{Kind: rootfs.File, Content: fix.store(t, bytesOf(size, seed+6))[0]})
		}
	}
	fix.check(t, tree)
}

// Versions of an image over the same layers begin alike, wherever our own files
// are in the tree and however their number differs.
func TestImagesOverTheSameLayersBeginAlike(t *testing.T) {
	fix := newFixture(t)
	lower := fix.store(t, bytesOf(5*MiB, 3), bytesOf(1000, 1), bytesOf(300_000, 9), bytesOf(2*MiB, 6))
	middle := fix.store(t, bytesOf(2*MiB+77, 12), bytesOf(70_000, 15))
	build := func(seed uint64) *rootfs.Tree {
		tree := rootfs.New()
		layer(t, tree, file("z", lower[0]), file("b", lower[1]), file("m/x", lower[2]), file("c", lower[3]))
		layer(t, tree, file("a", middle[0]), file("y", middle[1]), file("m/again", lower[1]))
		upper := fix.store(t, bytesOf(MiB+int(seed), seed), bytesOf(50_000, seed), bytesOf(1000, 1))
		layer(t, tree, file("0", upper[0]), file("m/a", upper[1]), file("m/same", upper[2]))
		for i := range seed {
			put(t, tree, fmt.Sprintf("etc/%d", i), rootfs.Inode{Kind: rootfs.File, Content: rootfs.Bytes(fmt.Sprint("ours ", i))})
		}
		return tree
	}
	a, b := fix.bytes(t, build(18)), fix.bytes(t, build(21))
	if bytes.Equal(a[:superblockSize], b[:superblockSize]) {
		t.Error("two different images have the same superblock")
	}
	same := superblockSize
	for same < min(len(a), len(b)) && a[same] == b[same] {
		same++
	}
	var size int64
	for _, s := range []*block.Store{lower[0].store, middle[0].store} {
		size += s.Table().Size
	}
	if int64(same) < superblockSize+size {
		t.Errorf("they are alike up to %d, but their common layers have %d bytes", same, size)
	}
	if int64(same) > superblockSize+size+3*4096 { // three long runs, each with zeros before it
		t.Errorf("they are alike up to %d, although their own contents begin at %d", same, superblockSize+size)
	}
}

func TestWhatIsNotNeededDoesNotTravel(t *testing.T) {
	fix := newFixture(t)
	secret := func(n int, seed uint64) []byte { return append([]byte("SECRET"), bytesOf(n, seed)...) }
	stored := fix.store(t,
		bytesOf(MiB, 3), secret(2*MiB, 6), bytesOf(600_000, 9), bytesOf(MiB+5, 12), // the third: a fragment
		secret(MiB-100, 15), bytesOf(MiB, 18)) // a fragment of its own that nobody needs
	tree := rootfs.New()
	layer(t, tree, file("a", stored[0]), file("gone", stored[1]), file("b", stored[2]), file("c", stored[3]), file("replaced", stored[4]), file("d", stored[5]))
	layer(t, tree, rootfs.Entry{Name: ".wh.gone"}, file("replaced", rootfs.Bytes("public")))
	table := stored[0].store.Table()
	for _, b := range slices.Concat(table.Blocks[1:3], table.Fragments) {
		if !b.Raw {
			t.Fatal("the test cannot see what is compressed")
		}
	}
	image := fix.bytes(t, tree)
	if i := bytes.Index(image, []byte("SECRET")); i >= 0 {
		t.Errorf("a deleted content is at %d", i)
	}
	fix.check(t, tree)
}

// A fragment travels as it is or not at all: it was compressed when its layer
// arrived. docs/performance.md says what that costs.
func TestADeletedSmallFileTravelsOnlyWithANeighbour(t *testing.T) {
	fix := newFixture(t)
	// What cannot be compressed is stored as it is, so it can be seen.
	secret := func(n byte) []byte { return append(append([]byte("SECRET"), n), bytesOf(400_000, 3*uint64(n))...) }
	stored := fix.store(t, secret('1'), bytesOf(500_000, 6), secret('2'), secret('3'))
	tree := rootfs.New()
	layer(t, tree, file("gone-1", stored[0]), file("neighbour", stored[1]), file("gone-2", stored[2]), file("gone-3", stored[3]))
	layer(t, tree, rootfs.Entry{Name: ".wh.gone-1"}, rootfs.Entry{Name: ".wh.gone-2"}, file("gone-3", rootfs.Bytes("replaced")))
	for i, fragment := range []int32{0, 0, 1, 1} {
		if stored[i].file.Block != fragment || !stored[0].store.Table().Fragments[fragment].Raw {
			t.Fatalf("%d is in fragment %d", i, stored[i].file.Block)
		}
	}
	image := fix.bytes(t, tree)
	for secret, travels := range map[string]bool{"SECRET1": true, "SECRET2": false, "SECRET3": false} {
		if bytes.Contains(image, []byte(secret)) != travels {
			t.Errorf("whether %s is in the image: %v", secret, !travels)
		}
	}
	fix.check(t, tree)
}

func TestEqualContentsAreStoredOnce(t *testing.T) {
	fix := newFixture(t)
	small, large := bytesOf(100_000, 3), bytesOf(3*MiB+9, 6)
	tree := rootfs.New()
	layer(t, tree, file("x", fix.store(t, small)[0]), file("y", fix.store(t, large)[0]))
	size := len(fix.bytes(t, tree))
	other := fix.store(t, large, small)
	layer(t, tree, file("a", other[0]), file("b", other[1]), file("c", rootfs.Bytes(large)), file("d", rootfs.Bytes(small)), file("e", rootfs.Bytes(small)))
	if again := len(fix.bytes(t, tree)); again > size+4096 {
		t.Errorf("an image of %d bytes has %d with every content more than once", size, again)
	}
	fix.check(t, tree)
}

// cloner notes what it is asked to share.
type cloner struct {
	bytes.Buffer
	t     *testing.T
	large int64 // how much of it came in large pieces
}

func (c *cloner) WriteFrom(p []byte, src io.ReaderAt, off int64) (int, error) {
	there := make([]byte, len(p))
	if _, err := src.ReadAt(there, off); err != nil || !bytes.Equal(there, p) {
		c.t.Errorf("at %d of the source are other bytes, %v", off, err)
	}
	if at := int64(c.Len()); (at-off)%4096 != 0 {
		c.t.Errorf("what is at %d of a page in the source comes to %d of one", off%4096, at%4096)
	}
	if len(p) > 4<<20 {
		c.t.Errorf("a piece of %d bytes", len(p))
	}
	c.large += int64(len(p))
	return c.Write(p)
}

func TestLongRunsAreOfferedForSharing(t *testing.T) {
	fix := newFixture(t)
	lower := fix.store(t, bytesOf(9*MiB+1, 3), bytesOf(777, 3), bytesOf(MiB+3, 6), bytesOf(2*MiB, 9))
	upper := fix.store(t, bytesOf(20, 3), bytesOf(3*MiB, 12), bytesOf(300_000, 15))
	tree := rootfs.New()
	layer(t, tree, file("a", lower[0]), file("b", lower[1]), file("d", lower[3]))
	layer(t, tree, file("e", upper[0]), file("f", upper[1]), file("g", upper[2]))
	c := &cloner{t: t}
	if err := squashfs.Write(context.Background(), c, tree, fix.options); err != nil {
		t.Fatal(err)
	}
	if c.large < 14*MiB {
		t.Errorf("only %d bytes were offered", c.large)
	}
	if !bytes.Equal(c.Bytes(), fix.bytes(t, tree)) {
		t.Error("an image depends on who writes it")
	}
}

func TestADamagedBlockIsFound(t *testing.T) {
	fix := newFixture(t)
	for behaviour, harm := range map[string]func(f *os.File, t *block.Table, k *storedContent) error{
		"a bit": func(f *os.File, t *block.Table, _ *storedContent) error {
			_, err := f.WriteAt([]byte{1}, t.Blocks[1].Offset+5)
			return err
		},
		"a fragment": func(f *os.File, t *block.Table, _ *storedContent) error {
			_, err := f.WriteAt([]byte{1}, t.Fragments[0].Offset)
			return err
		},
		"cut off":   func(f *os.File, t *block.Table, _ *storedContent) error { return f.Truncate(t.Size - 1) },
		"not there": func(_ *os.File, _ *block.Table, k *storedContent) error { k.file.Block = 99; return nil },
		"too long":  func(_ *os.File, _ *block.Table, k *storedContent) error { k.file.Size = 1 << 40; return nil },
		"negative":  func(_ *os.File, _ *block.Table, k *storedContent) error { k.file.Block = -1; return nil },
		"a gap": func(_ *os.File, t *block.Table, _ *storedContent) error {
			t.Blocks[1].Offset++
			t.Blocks[1].Size--
			return nil
		},
		"overlapping": func(_ *os.File, t *block.Table, _ *storedContent) error { t.Fragments[0].Offset--; return nil },
	} {
		t.Run(behaviour, func(t *testing.T) {
			stored := fix.store(t, bytesOf(3*MiB, 3), bytesOf(5000, 3))
			store := stored[0].store
			f, err := os.OpenFile(fmt.Sprintf("/proc/self/fd/%d", store.File().Fd()), os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			told := errors.New("told")
			table := *store.Table()
			table.Blocks = append([]block.Block(nil), table.Blocks...)
			table.Fragments = append([]block.Block(nil), table.Fragments...)
			store, err = block.NewStore(store.File(), table, fix.options.Codec, func(err error) error { return errors.Join(told, err) })
			if err != nil {
				t.Fatal(err)
			}
			stored[0].store, stored[1].store = store, store
			if err := harm(f, store.Table(), &stored[0]); err != nil {
				t.Fatal(err)
			}
			tree := rootfs.New()
			put(t, tree, "a", rootfs.Inode{Kind: rootfs.File, Content: stored[0]})
			put(t, tree, "b", rootfs.Inode{Kind: rootfs.File, Content: stored[1]})
			_, err = fix.tryWrite(tree)
			if !errors.Is(err, block.ErrDamaged) || !errors.Is(err, told) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// hole is a file of zeros that takes no memory when an image is written to it.
type hole struct{ f *os.File }

func (h hole) Write(p []byte) (int, error) {
	if len(p) >= MiB && bytes.Count(p, []byte{0}) == len(p) {
		_, err := h.f.Seek(int64(len(p)), io.SeekCurrent)
		return len(p), err
	}
	return h.f.Write(p)
}

// zeros is a store of so many MiB of zeros, as if they could not
// be compressed.
func (fix *fixture) zeros(t *testing.T, n int) storedContent {
	f, err := os.CreateTemp(fix.dir, "zeros-")
	if err != nil {
		t.Fatal(err)
	}
	os.Remove(f.Name())
	t.Cleanup(func() { f.Close() })
	crc := crc32.Checksum(make([]byte, MiB), crc32.MakeTable(crc32.Castagnoli))
	table := block.Table{Size: int64(n) * MiB}
	for i := range n {
		table.Blocks = append(table.Blocks, block.Block{Offset: int64(i) * MiB, Size: MiB, Raw: true, CRC: crc})
	}
	if err := f.Truncate(table.Size); err != nil {
		t.Fatal(err)
	}
	store, err := block.NewStore(f, table, fix.options.Codec, nil)
	if err != nil {
		t.Fatal(err)
	}
	return storedContent{store, block.File{Size: table.Size, Sum: block.Sum{1}}}
}

// Places in an image above 4 GiB do not fit small inodes.
func TestContentsAboveFourGiB(t *testing.T) {
	fix := newFixture(t)
	tree := rootfs.New()
	layer(t, tree, file("zeros", fix.zeros(t, 4097)))
	large, small := bytesOf(MiB+5, 3), bytesOf(5, 4)
	put(t, tree, "large", rootfs.Inode{Kind: rootfs.File, Content: rootfs.Bytes(large)})
	put(t, tree, "small", rootfs.Inode{Kind: rootfs.File, Content: rootfs.Bytes(small)})
	f, err := os.CreateTemp(fix.dir, "image-")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := squashfs.Write(context.Background(), hole{f}, tree, fix.options); err != nil {
		t.Fatal(err)
	}
	for _, r := range squashfstest.Readers() {
		t.Run(r.Name, func(t *testing.T) {
			dir := r.Show(t, f.Name(), "large", "small")
			for name, want := range map[string][]byte{"large": large, "small": small} {
				if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s has %d bytes, %v", name, len(got), err)
				}
			}
		})
	}
}

const holes = 5000 * MiB

// sparse is an image with a file of more than 4 GiB, nearly all of them holes, and the
// end of that file.
func (fix *fixture) sparse(t *testing.T) (image string, end []byte) {
	t.Helper()
	end = bytesOf(MiB+5, 3)
	content := fix.store(t, end)[0]
	table := *content.store.Table()
	table.Blocks = append(make([]block.Block, holes/MiB), table.Blocks...)
	store, err := block.NewStore(content.store.File(), table, fix.options.Codec, nil)
	if err != nil {
		t.Fatal(err)
	}
	tree := rootfs.New()
	layer(t, tree, file("sparse", storedContent{store, block.File{Size: holes + MiB + 5, Sum: block.Sum{1}}}))
	return fix.write(t, tree), end
}

func TestAFileOfMoreThanFourGiB(t *testing.T) {
	image, end := newFixture(t).sparse(t)
	for _, r := range squashfstest.Readers() {
		if r.Name == "rdsquashfs" {
			continue // the next test
		}
		t.Run(r.Name, func(t *testing.T) {
			f, err := os.Open(filepath.Join(r.Show(t, image, "sparse"), "sparse"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			info, err := f.Stat()
			if err != nil || info.Size() != holes+MiB+5 {
				t.Fatalf("%d bytes, %v", info.Size(), err)
			}
			// To the kernel, what the inode does not call sparse takes blocks.
			if n := info.Sys().(*syscall.Stat_t).Blocks; r.Name == "kernel" && n != (MiB+5+511)/512 {
				t.Errorf("it takes %d blocks of 512 bytes", n)
			}
			for _, at := range []int64{2500*MiB + 3, holes - MiB} {
				got := holey{holes: holes, end: end, n: at}
				if _, err := io.Copy(&got, io.NewSectionReader(f, at, 2*MiB+5)); err != nil || got.wrong || got.n != at+2*MiB+5 {
					t.Errorf("other bytes at %d, %v", at, err)
				}
			}
		})
	}
}

// rdsquashfs leaves no holes, neither on a disk nor here: it writes 512 zeros at a time.
func TestRdsquashfsReadsMoreThanFourGiBAtScale(t *testing.T) {
	image, end := newFixture(t).sparse(t)
	got := holey{holes: holes, end: end}
	squashfstest.Cat(t, &got, image, "sparse")
	if got.wrong || got.n != holes+MiB+5 {
		t.Errorf("%d bytes, or other ones", got.n)
	}
}

// holey compares what is written to it with so many zeros and an end.
type holey struct {
	holes, n int64
	end      []byte
	wrong    bool
}

func (h *holey) Write(p []byte) (int, error) {
	zeros := p[:max(0, min(int64(len(p)), h.holes-h.n))]
	end := h.end[min(int64(len(h.end)), max(0, h.n-h.holes)):]
	h.wrong = h.wrong || bytes.Count(zeros, []byte{0}) < len(zeros) || !bytes.HasPrefix(end, p[len(zeros):])
	h.n += int64(len(p))
	return len(p), nil
}
