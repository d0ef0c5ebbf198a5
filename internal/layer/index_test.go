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
	"reflect"
	"strings"
	"testing"

	"lxdocker/internal/block"
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

func TestNamesAndAttributesAreLimited(t *testing.T) {
	var archive bytes.Buffer
	tw := tar.NewWriter(&archive)
	hdr := tar.Header{Name: "a", Typeflag: tar.TypeReg, PAXRecords: map[string]string{"SCHILY.xattr.user.a": strings.Repeat("x", 60_000)}}
	for range 100 {
		if err := tw.WriteHeader(&hdr); err != nil {
			t.Fatal(err)
		}
	}
	for metadata, want := range map[int64]error{5_000_000: ErrTooLarge, 7_000_000: nil} {
		iw, err := newIndexWriter(io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		u := &unpacker{metadata: metadata, index: iw}
		if err := u.unpack(context.Background(), bytes.NewReader(archive.Bytes())); !errors.Is(err, want) {
			t.Errorf("with a limit of %d: %v, want %v", metadata, err, want)
		}
	}
}
