package layer_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/block"
	"lxdocker/internal/layer"
	"lxdocker/internal/rootfs"
)

// damaged is a cache with one pack that a test may damage.
type damaged struct {
	archive       []byte
	blob          layer.Blob // the archive as it is
	dir           string
	index, blocks string // paths
	opened        int
	cache         *layer.Cache
}

// newDamaged has a content with blocks of its own, and one in a fragment.
func newDamaged(t *testing.T) *damaged {
	t.Helper()
	return newDamagedOf(t, file("a", strings.Repeat("text ", block.Size/4)), file("b", "b"))
}

func newDamagedOf(t *testing.T, members ...member) *damaged {
	t.Helper()
	d := &damaged{archive: archiveOf(t, members...), dir: t.TempDir()}
	d.find()
	var err error
	if d.cache, err = layer.Open(d.dir, 0, codec()); err != nil {
		t.Fatal(err)
	}
	d.pack(t).Close()
	return d
}

// find says what the archive is called, and where its pack lies.
func (d *damaged) find() {
	d.blob = describe(d.archive, d.archive)
	d.index = filepath.Join(d.dir, folder(d.blob.Digest), "index")
	d.blocks = filepath.Join(d.dir, folder(d.blob.Digest), "blocks")
}

func (d *damaged) pack(t *testing.T) *layer.Pack {
	t.Helper()
	p, err := d.cache.Pack(context.Background(), d.blob, func(context.Context) (io.ReadCloser, error) {
		d.opened++
		return io.NopCloser(bytes.NewReader(d.archive)), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func change(t *testing.T, path string, how func([]byte) []byte) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, how(data), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDamagedPackIsMadeAgain(t *testing.T) {
	cases := map[string]func(t *testing.T, d *damaged){
		"no index":  func(t *testing.T, d *damaged) { os.Remove(d.index) },
		"no blocks": func(t *testing.T, d *damaged) { os.Remove(d.blocks) },
		"short blocks": func(t *testing.T, d *damaged) {
			change(t, d.blocks, func(b []byte) []byte { return b[:len(b)-1] })
		},
		"long blocks": func(t *testing.T, d *damaged) {
			change(t, d.blocks, func(b []byte) []byte { return append(b, 0) })
		},
		"empty index": func(t *testing.T, d *damaged) {
			change(t, d.index, func([]byte) []byte { return nil })
		},
		"short index": func(t *testing.T, d *damaged) {
			change(t, d.index, func(b []byte) []byte { return b[:len(b)-1] })
		},
		"of another version": func(t *testing.T, d *damaged) {
			change(t, d.index, func(b []byte) []byte { b[15]++; return b })
		},
		"of another layer": func(t *testing.T, d *damaged) {
			other := newDamaged(t)
			other.archive = archiveOf(t, file("other", ""))
			other.find()
			other.pack(t).Close()
			os.RemoveAll(filepath.Dir(d.index))
			if err := os.Rename(filepath.Dir(other.index), filepath.Dir(d.index)); err != nil {
				t.Fatal(err)
			}
		},
	}
	for behaviour, damage := range cases {
		t.Run(behaviour, func(t *testing.T) {
			d := newDamaged(t)
			damage(t, d)
			p := d.pack(t)
			defer p.Close()
			if d.opened != 2 || len(list(t, p)) != 2 {
				t.Errorf("opened %d times; it has %q", d.opened, list(t, p))
			}
		})
	}
}

func TestDamagedContentIsNoticedAndThePackForgotten(t *testing.T) {
	d := newDamaged(t)
	change(t, d.blocks, func(b []byte) []byte { b[7] ^= 1; return b })
	p := d.pack(t)
	defer p.Close()
	for e, err := range p.Entries() {
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.ReadAll(e.Inode.Content.Open())
		if errors.Is(err, block.ErrDamaged) != (e.Name == "a") {
			t.Errorf("reading %s: %v", e.Name, err)
		}
		if err != nil && !strings.Contains(err.Error(), p.Digest()) {
			t.Errorf("%q does not say what is damaged", err)
		}
	}
	again := d.pack(t)
	defer again.Close()
	if d.opened != 2 {
		t.Errorf("opened %d times", d.opened)
	}
	for e := range again.Entries() {
		content(t, e)
	}
	// Who still has the old one may not harm the new one.
	for e := range p.Entries() {
		io.ReadAll(e.Inode.Content.Open())
	}
	d.pack(t).Close()
	if d.opened != 2 {
		t.Error("the new pack is gone")
	}
}

// stored is what package squashfs asks contents for.
type stored interface {
	Stored(number uint32) (*block.Store, block.File)
}

// storedAt says where a content of a pack lies compressed.
func storedAt(c rootfs.Content) (*block.Store, block.File) {
	lot, number := c.(interface{ Lot() (rootfs.Lot, uint32) }).Lot()
	return lot.(stored).Stored(number)
}

func TestDamageThatIsFoundInCopyingForgetsThePack(t *testing.T) {
	d := newDamaged(t)
	p := d.pack(t)
	defer p.Close()
	change(t, d.blocks, func(b []byte) []byte { b[7] ^= 1; return b })
	for e := range p.Entries() {
		s, f := storedAt(e.Inode.Content)
		if f.Shared() {
			continue
		}
		b := s.Table().Blocks[f.Block]
		bytes := make([]byte, b.Size)
		if _, err := s.File().ReadAt(bytes, b.Offset); err != nil {
			t.Fatal(err)
		}
		if err := s.Verify(b, bytes); !errors.Is(err, block.ErrDamaged) || !strings.Contains(err.Error(), p.Digest()) {
			t.Errorf("got %v", err)
		}
	}
	d.pack(t).Close()
	if d.opened != 2 {
		t.Errorf("opened %d times", d.opened)
	}
}

func TestBlocksThatBecomeShorterAreNoticed(t *testing.T) {
	d := newDamaged(t)
	p := d.pack(t)
	defer p.Close()
	if err := os.Truncate(d.blocks, 5); err != nil {
		t.Fatal(err)
	}
	for e := range p.Entries() {
		if _, err := io.ReadAll(e.Inode.Content.Open()); !errors.Is(err, block.ErrDamaged) {
			t.Errorf("reading %s: %v", e.Name, err)
		}
	}
	if list(t, d.pack(t)); d.opened != 2 {
		t.Errorf("opened %d times", d.opened)
	}
}

func TestAnyWrongByteIsNoticed(t *testing.T) {
	d := newDamagedOf(t, file("a", strings.Repeat("text ", 100)), file("b", "b"))
	for _, path := range []string{d.index, d.blocks} {
		for at := range sizeOf(t, path) {
			d.expectNoticed(t, path, at, 0x10)
		}
	}
}

func TestWrongBitsAreNoticedInALargePack(t *testing.T) {
	if testing.Short() {
		t.Skip("it computes for long")
	}
	d := newDamaged(t)
	d.archive = variedArchive(t)
	d.find()
	d.pack(t).Close()
	r := rand.New(rand.NewPCG(1, 1))
	for range 15 {
		for _, path := range []string{d.index, d.blocks} {
			d.expectNoticed(t, path, r.IntN(sizeOf(t, path)), 1<<r.IntN(8))
		}
	}
}

func sizeOf(t *testing.T, path string) int {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return int(info.Size())
}

// expectNoticed flips bits of one byte, and wants that to be seen when the pack
// is asked for, or else when it is read, and that it is then made again.
func (d *damaged) expectNoticed(t *testing.T, path string, at int, flip byte) {
	t.Helper()
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	change(t, path, func(b []byte) []byte { b[at] ^= flip; return b })
	d.opened = 0
	p := d.pack(t)
	defer p.Close()
	if d.opened == 0 {
		if n := unreadable(t, p); n == 0 {
			t.Fatalf("%s: byte %d of %d is wrong, and nobody sees it", filepath.Base(path), at, len(good))
		}
		again := d.pack(t)
		defer again.Close()
		p = again
	}
	again, err := os.ReadFile(path)
	if n := unreadable(t, p); d.opened != 1 || n > 0 || err != nil || !bytes.Equal(again, good) {
		t.Fatalf("%s: after byte %d of %d was wrong, it was made %d times, %d contents are damaged, %v", filepath.Base(path), at, len(good), d.opened, n, err)
	}
}

// unreadable counts the contents that are found to be damaged.
func unreadable(t *testing.T, p *layer.Pack) (n int) {
	t.Helper()
	for e, err := range p.Entries() {
		if err != nil {
			t.Fatal(err)
		}
		if e.Inode.Content == nil {
			continue
		}
		_, err := io.Copy(io.Discard, e.Inode.Content.Open())
		if err != nil && !errors.Is(err, block.ErrDamaged) {
			t.Fatal(err)
		}
		if err != nil {
			n++
		}
	}
	return n
}

func TestOpenRemovesWhatACrashLeft(t *testing.T) {
	dir := t.TempDir()
	// Older programs called them so, and locked them in another way.
	old, young := filepath.Join(dir, ".tmp-crashed"), filepath.Join(dir, ".tmp-in-use")
	for _, path := range []string{filepath.Join(dir, ".scratch-crashed", "old"), old, young} {
		if err := os.MkdirAll(path, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(old, time.Time{}, time.Now().Add(-25*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := layer.Open(dir, 0, codec()); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(young); err != nil {
		t.Error(err)
	}
	expectEmpty(t, dir)
}

func TestPacksOfTheFirstFormatGo(t *testing.T) {
	old := func(dir string) {
		path := filepath.Join(dir, strings.Repeat("ab", 32))
		if err := os.MkdirAll(path, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(path, "data"), make([]byte, 50_000), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	old(dir)
	cache, err := layer.Open(dir, 0, codec())
	if err != nil {
		t.Fatal(err)
	}
	expectEmpty(t, dir)
	old(dir)
	freed, err := cache.Collect(func(string) bool { return true }, layer.Retention{})
	if err != nil || freed < 50_000 {
		t.Errorf("freed %d, %v", freed, err)
	}
	expectEmpty(t, dir)
}

func TestCacheIsForItsOwnerOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache", "layers")
	archive := archiveOf(t, file("etc/shadow", "secret"))
	if _, err := pack(t, dir, 0, describe(archive, archive), archive); err != nil {
		t.Fatal(err)
	}
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
