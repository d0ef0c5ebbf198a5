package layer

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"
	"time"

	"lxdocker/internal/block"
	"lxdocker/internal/failure"
	"lxdocker/internal/rootfs"
)

// FuzzIndex is what FuzzPack is without blocks: what can be read can be written,
// and is the same then.
func FuzzIndex(f *testing.F) {
	f.Add(writeIndex(f, sampleRecords(), sampleTable()))
	f.Add(writeIndex(f, sampleRecords()[:2], block.Table{}))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		readIndex(data) // hardly ever an index at all
		records, table, err := readIndex(mend(data))
		if err != nil {
			if !errors.Is(err, block.ErrDamaged) {
				t.Fatalf("%v does not say that the pack is damaged", err)
			}
			return
		}
		again, sameTable, err := readIndex(writeIndex(t, records, table))
		if err != nil || len(again) != len(records) || len(records) > 0 && !reflect.DeepEqual(again, normal(records)) || !reflect.DeepEqual(table, sameTable) {
			t.Fatalf("read\n%+v\n%+v\nwritten and read again\n%+v\n%+v, %v", records, table, again, sameTable, err)
		}
	})
}

// normal brings records that only a hostile index has into the form of the
// others: an empty set of xattrs is none.
func normal(records []record) []record {
	for i := range records {
		if len(records[i].Inode.Xattrs) == 0 {
			records[i].Inode.Xattrs = nil
		}
	}
	return records
}

// samplePack packs an archive and returns the two files of the pack.
func samplePack(tb testing.TB, archive []byte, c *block.Codec) (index, blocks []byte) {
	tb.Helper()
	file, err := os.Create(filepath.Join(tb.TempDir(), "blocks"))
	if err != nil {
		tb.Fatal(err)
	}
	defer file.Close()
	var out bytes.Buffer
	table, u, err := unpackInto(context.Background(), &out, file, c, archive, 1<<30)
	if err != nil {
		tb.Fatal(err)
	}
	if err := u.index.finish(table, 0, sum{}, sum{}); err != nil {
		tb.Fatal(err)
	}
	if blocks, err = os.ReadFile(file.Name()); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes(), blocks
}

// unpackInto does what Cache.fill does with an archive.
func unpackInto(ctx context.Context, index io.Writer, blocks *os.File, c *block.Codec, archive []byte, limit int64) (block.Table, *unpacker, error) {
	iw, err := newIndexWriter(index)
	if err != nil {
		return block.Table{}, nil, err
	}
	bw := block.NewWriter(c, blocks)
	defer bw.Discard()
	u := &unpacker{limit: limit, left: limit, metadata: limit, index: iw, blocks: bw}
	if err := u.unpack(ctx, bytes.NewReader(archive)); err != nil {
		return block.Table{}, u, err
	}
	table, err := bw.Finish(ctx)
	return table, u, err
}

// FuzzPack gives the reader any files. Those that it takes for a pack are read;
// with mended, also the checksums of their blocks are made right.
func FuzzPack(f *testing.F) {
	c := block.NewCodec(block.Fast)
	index, blocks := samplePack(f, sampleArchive(f), c)
	f.Add(index, blocks, false)
	f.Add(index, blocks, true)
	index, blocks = samplePack(f, largeArchive(f), c)
	f.Add(index, blocks, false)
	f.Add(index, blocks, true)
	index, blocks = samplePack(f, make([]byte, 1024), c)
	f.Add(index, blocks, false)
	f.Add(writeIndex(f, sampleRecords(), sampleTable()), []byte{}, true)
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, index, blocks []byte, mended bool) {
		for name, data := range map[string][]byte{indexName: mend(index), blocksName: blocks} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		p, err := openPack(dir, c)
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 1<<20+uint64(32*len(index)) {
			t.Fatalf("opening takes %d bytes for an index of %d", took, len(index))
		}
		if err != nil {
			if !errors.Is(err, block.ErrDamaged) && !errors.Is(err, fs.ErrNotExist) {
				t.Fatalf("%v does not say that the pack is damaged", err)
			}
			return
		}
		defer p.Close()
		if mended {
			mendBlocks(p.blocks.Table(), blocks)
		}
		readAll(t, p)
	})
}

// mendBlocks makes the checksums of all blocks right.
func mendBlocks(t *block.Table, blocks []byte) {
	for _, list := range [][]block.Block{t.Blocks, t.Fragments} {
		for i, b := range list {
			list[i].CRC = crc32.Checksum(blocks[b.Offset:][:b.Size], castagnoli())
		}
	}
}

// readAll reads what a pack holds, but only the beginning of what takes long.
func readAll(t *testing.T, p *Pack) {
	p.dir = filepath.Join(p.dir, "none") // it is not to be forgotten
	patience := int64(16 << 20)
	for e, err := range p.Entries() {
		if err != nil {
			if !errors.Is(err, block.ErrDamaged) {
				t.Fatalf("%v does not say that the pack is damaged", err)
			}
			return
		}
		content, ok := e.Inode.Content.(content)
		if !ok || patience < 0 {
			continue
		}
		n, err := io.Copy(io.Discard, io.LimitReader(content.Open(), min(content.Size(), 3*block.Size)+1))
		if err != nil && !errors.Is(err, block.ErrDamaged) || n > content.Size() {
			t.Fatalf("%d bytes of %d: %v", n, content.Size(), err)
		}
		if err == nil && n < min(content.Size(), 3*block.Size) {
			t.Fatalf("%d bytes of %d, and no error", n, content.Size())
		}
		patience -= n + 1<<10
	}
}

func sampleArchive(tb testing.TB) []byte {
	tb.Helper()
	var out bytes.Buffer
	tw := tar.NewWriter(&out)
	for _, hdr := range []tar.Header{
		{Name: "d/", Typeflag: tar.TypeDir, Mode: 0o755},
		{Name: "d/f", Typeflag: tar.TypeReg, Size: 4, Uid: 1<<31 - 1, ModTime: time.Unix(5, 5), Format: tar.FormatPAX, PAXRecords: map[string]string{"SCHILY.xattr.user.a": "b", "LIBARCHIVE.xattr.user.c": "ZA"}},
		{Name: "h", Typeflag: tar.TypeLink, Linkname: "d/f"},
		{Name: "l", Typeflag: tar.TypeSymlink, Linkname: "d"},
		{Name: "c", Typeflag: tar.TypeChar, Devmajor: 1},
		{Name: "d/.wh..wh..opq", Typeflag: tar.TypeReg},
	} {
		if err := tw.WriteHeader(&hdr); err != nil {
			tb.Fatal(err)
		}
		if _, err := tw.Write([]byte("text")[:hdr.Size]); err != nil {
			tb.Fatal(err)
		}
	}
	if err := tw.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// largeArchive has contents of one block and a bit, twice.
func largeArchive(tb testing.TB) []byte {
	tb.Helper()
	var out bytes.Buffer
	tw := tar.NewWriter(&out)
	body := append(bytes.Repeat([]byte("text"), block.Size/4), make([]byte, 1000)...)
	for _, name := range []string{"a", "b", "c"} {
		if err := tw.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Size: int64(len(body))}); err != nil {
			tb.Fatal(err)
		}
		if _, err := tw.Write(body); err != nil {
			tb.Fatal(err)
		}
		body[0] = name[0]
	}
	return out.Bytes()
}

// FuzzArchive gives the parser any archive. Whatever it accepts makes a pack
// that can be read to the last byte.
func FuzzArchive(f *testing.F) {
	archive := sampleArchive(f)
	f.Add(archive)
	f.Add(archive[:700])
	for at := 0; at < len(archive); at += 512 {
		f.Add(archive[at:])
	}
	c := block.NewCodec(block.Fast)
	dir := f.TempDir()
	const limit = 1 << 16
	f.Fuzz(func(t *testing.T, archive []byte) {
		var index bytes.Buffer
		blocks, err := os.Create(filepath.Join(dir, blocksName))
		if err != nil {
			t.Fatal(err)
		}
		defer blocks.Close()
		table, u, err := unpackInto(context.Background(), &index, blocks, c, archive, limit)
		if err != nil && failure.KindOf(err) != failure.Corrupt && failure.KindOf(err) != failure.TooLarge {
			t.Fatalf("%v puts the blame elsewhere", err)
		}
		if err != nil {
			return
		}
		if err := u.index.finish(table, 0, sum{}, sum{}); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, indexName), index.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := openPack(dir, c)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		var size int64
		for e, err := range p.Entries() {
			if err != nil {
				t.Fatal(err)
			}
			if e.Inode.Content == nil {
				continue
			}
			n, err := io.Copy(io.Discard, e.Inode.Content.Open())
			if size += n; err != nil || n != e.Inode.Content.Size() || size > limit {
				t.Fatalf("%q: %d bytes of %d, %d in all: %v", e.Name, n, e.Inode.Content.Size(), size, err)
			}
		}
		rootfs.New().Apply(context.Background(), p.Entries())
	})
}
