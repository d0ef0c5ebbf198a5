package layer

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"lxdocker/internal/block"
	"lxdocker/internal/failure"
	"lxdocker/internal/rootfs"
)

// mend makes the checksum of an index right.
func mend(index []byte) []byte {
	if len(index) >= footerSize {
		binary.BigEndian.PutUint32(index[len(index)-4:], crc32.Checksum(index[:len(index)-4], castagnoli()))
	}
	return index
}

func writeIndex(tb testing.TB, records []record, t block.Table) []byte {
	tb.Helper()
	var out bytes.Buffer
	w, err := newIndexWriter(&out)
	if err != nil {
		tb.Fatal(err)
	}
	for _, r := range records {
		if err := w.add(r); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.finish(t, 0, sum{}, sum{}); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// readIndex reads records until the end or the first error.
func readIndex(index []byte) ([]record, block.Table, error) {
	size := int64(len(index))
	f, err := readFooter(bytes.NewReader(index), size)
	if err != nil {
		return nil, block.Table{}, err
	}
	t, err := readTable(bytes.NewReader(index), size, f)
	if err != nil {
		return nil, t, err
	}
	var records []record
	for r := newIndexReader(bytes.NewReader(index), f, &t); ; {
		rec, err := r.next()
		if err == io.EOF {
			return records, t, nil
		}
		if err != nil {
			return nil, t, err
		}
		records = append(records, rec)
	}
}

func sampleRecords() []record {
	with := func(name string, ino rootfs.Inode) record { return record{Entry: rootfs.Entry{Name: name, Inode: ino}} }
	content := with("usr/bin/file", rootfs.Inode{Kind: rootfs.File, Mode: 0o4755, UID: 1 << 31, ModTime: -5, Xattrs: map[string]string{"user.a": "", "security.capability": "\x00\x01"}})
	content.file = block.File{Size: 2<<20 + 1, Sum: block.Sum{1, 2, 3}, Block: 1}
	small := with("usr/bin/small", rootfs.Inode{Kind: rootfs.File})
	small.file = block.File{Size: 100, Sum: block.Sum{4}, Block: 1, Offset: 1 << 19}
	return []record{
		with("usr", rootfs.Inode{Kind: rootfs.Dir, Mode: 0o755, ModTime: 1e9}),
		with("usr/bin", rootfs.Inode{Kind: rootfs.Symlink, Target: "../x"}),
		content,
		{Entry: rootfs.Entry{Name: "usr/bin/other", Hardlink: "usr/bin/file"}},
		small,
		with("", rootfs.Inode{Kind: rootfs.FIFO}),
		with("dev/x", rootfs.Inode{Kind: rootfs.BlockDevice, Major: 1, Minor: 1 << 31}),
		with("empty", rootfs.Inode{Kind: rootfs.File}),
	}
}

// sampleTable is where the contents of sampleRecords lie.
func sampleTable() block.Table {
	return block.Table{
		Blocks:    []block.Block{{Offset: 0, Size: 1 << 20, Raw: true, CRC: 7}, {Offset: 1<<20 + 300, Size: 1}, {Offset: 1<<20 + 301}, {Offset: 1<<20 + 301, Size: 99, CRC: 1}},
		Fragments: []block.Block{{Offset: 1 << 20, Size: 300}, {Offset: 1<<20 + 400, Size: 5, CRC: 1 << 31}},
		Size:      1<<20 + 405,
	}
}

func TestIndexGivesBackWhatItWasGiven(t *testing.T) {
	got, table, err := readIndex(writeIndex(t, sampleRecords(), sampleTable()))
	if err != nil || !reflect.DeepEqual(got, sampleRecords()) || !reflect.DeepEqual(table, sampleTable()) {
		t.Errorf("got %+v, %+v, %v", got, table, err)
	}
}

func TestIndexIsSmall(t *testing.T) {
	var records []record
	for i := range 1000 {
		name := fmt.Sprintf("usr/share/some/very/deep/folder/of/a/package/%04d", i)
		records = append(records, record{Entry: rootfs.Entry{Name: name, Inode: rootfs.Inode{Kind: rootfs.Dir, Mode: 0o755, ModTime: 1e9}}})
	}
	if size := len(writeIndex(t, records, block.Table{})); size > 20_000 {
		t.Errorf("%d bytes for 1000 directories", size)
	}
}

func TestIndexOfAnotherVersionIsNoticed(t *testing.T) {
	index := writeIndex(t, nil, block.Table{})
	index[len(magic)-1]++
	if _, _, err := readIndex(mend(index)); !errors.Is(err, block.ErrDamaged) || !strings.Contains(err.Error(), "format") {
		t.Errorf("got %v", err)
	}
}

// withFooter changes a number of a footer and makes the checksum right.
func withFooter(index []byte, number int, value uint64) []byte {
	index = bytes.Clone(index)
	binary.BigEndian.PutUint64(index[len(index)-footerSize+8*number:], value)
	return mend(index)
}

func TestIndexesThatCannotBe(t *testing.T) {
	whole := writeIndex(t, sampleRecords(), sampleTable())
	if _, _, err := readIndex(mend(bytes.Clone(whole))); err != nil {
		t.Fatal(err)
	}
	missing := func(change func(*block.File)) []byte {
		records := sampleRecords()
		for i := range records {
			if records[i].file.Size > 0 {
				change(&records[i].file)
			}
		}
		return writeIndex(t, records, sampleTable())
	}
	for behaviour, index := range map[string][]byte{
		"records longer than the index":                   withFooter(whole, 1, uint64(len(whole))),
		"records of negative length":                      withFooter(whole, 1, 1<<63),
		"records without an end":                          withFooter(whole, 1, 3),
		"more blocks than bytes":                          withFooter(whole, 2, 1<<62),
		"one block more":                                  withFooter(whole, 2, 5),
		"one block less":                                  withFooter(whole, 2, 3),
		"more fragments than bytes":                       withFooter(whole, 3, 1<<62),
		"blocks and fragments that together are too many": withFooter(withFooter(whole, 2, 1<<63), 3, 1<<63),
		"blocks beyond their file":                        withFooter(whole, 4, 1<<20),
		"a file of negative size":                         withFooter(whole, 4, 1<<63),
		"a blob of negative size":                         withFooter(whole, 5, 1<<63),
		"a block that is not there":                       missing(func(f *block.File) { f.Block += 2 }),
		"an end that is not there":                        missing(func(f *block.File) { f.Size += 2 << 20 }),
		"an offset beyond a fragment":                     missing(func(f *block.File) { f.Offset = 1 << 20 }),
	} {
		if _, _, err := readIndex(index); !errors.Is(err, block.ErrDamaged) {
			t.Errorf("%s: %v", behaviour, err)
		}
	}
}

func TestEntriesThatAreMissingAreNoticed(t *testing.T) {
	index, blocks := samplePack(t, sampleArchive(t), block.NewCodec(block.Fast))
	for entries, want := range map[uint64]bool{5: false, 6: true, 7: false} {
		dir := t.TempDir()
		for name, data := range map[string][]byte{indexName: withFooter(index, 0, entries), blocksName: blocks} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		p, err := openPack(dir, block.NewCodec(block.Fast))
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		err = rootfs.New().Apply(context.Background(), p.Entries())
		if (err == nil) != want || err != nil && !errors.Is(err, block.ErrDamaged) {
			t.Errorf("with %d entries in the footer: %v", entries, err)
		}
	}
}

func TestLongNamesAreNotSaidAgainAndAgain(t *testing.T) {
	long := record{Entry: rootfs.Entry{Name: strings.Repeat("n", 10_000), Inode: rootfs.Inode{Kind: rootfs.Dir}}}
	var records []record
	for range 1000 {
		records = append(records, long)
	}
	index := writeIndex(t, records, block.Table{})
	f, err := readFooter(bytes.NewReader(index), int64(len(index)))
	if err != nil {
		t.Fatal(err)
	}
	for metadata, want := range map[int64]bool{maxMetadata: true, 9_000_000: false} {
		r := newIndexReader(bytes.NewReader(index), f, &block.Table{})
		r.metadata = metadata
		for err = error(nil); err == nil; {
			_, err = r.next()
		}
		if good := err == io.EOF; good != want || !good && !errors.Is(err, block.ErrDamaged) {
			t.Errorf("with a limit of %d: %v", metadata, err)
		}
	}
}

func TestNamesAndAttributesAreLimited(t *testing.T) {
	var archive bytes.Buffer
	tw := tar.NewWriter(&archive)
	hdr := tar.Header{Name: "a", Typeflag: tar.TypeReg, PAXRecords: map[string]string{"SCHILY.xattr.user.a": strings.Repeat("x", 60_000)}}
	for range 100 {
		if err := tw.WriteHeader(&hdr); err != nil {
			t.Fatal(err)
		}
	}
	for metadata, tooLarge := range map[int64]bool{5_000_000: true, 7_000_000: false} {
		iw, err := newIndexWriter(io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		u := &unpacker{metadata: metadata, index: iw}
		if err := u.unpack(context.Background(), bytes.NewReader(archive.Bytes())); (err != nil) != tooLarge || tooLarge && failure.KindOf(err) != failure.TooLarge {
			t.Errorf("with a limit of %d: %v", metadata, err)
		}
	}
}
