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
	"time"

	"lxdocker/internal/rootfs"
)

// indexOf makes an index of records; its footer is right.
func indexOf(records []byte, count uint64) []byte {
	b := append([]byte(magic), records...)
	b = binary.BigEndian.AppendUint64(b, count)
	b = append(b, make([]byte, footerSize-8-4)...)
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli()))
}

func writeIndex(tb testing.TB, records []record) []byte {
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
	if err := w.finish(footer{}); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// readIndex reads records until the end or the first error.
func readIndex(index []byte) ([]record, error) {
	size := int64(len(index))
	if _, err := readFooter(bytes.NewReader(index), size); err != nil {
		return nil, err
	}
	var records []record
	for r := newIndexReader(bytes.NewReader(index), size); ; {
		rec, err := r.next()
		if err == io.EOF {
			return records, nil
		}
		if err != nil {
			return nil, err
		}
		records = append(records, rec)
	}
}

func sampleRecords() []record {
	with := func(name string, ino rootfs.Inode) record { return record{Entry: rootfs.Entry{Name: name, Inode: ino}} }
	content := with("usr/bin/file", rootfs.Inode{Kind: rootfs.File, Mode: 0o4755, UID: 1 << 31, ModTime: -5, Xattrs: map[string]string{"user.a": "", "security.capability": "\x00\x01"}})
	content.size, content.crc = 1<<40, 0xdeadbeef
	return []record{
		with("usr", rootfs.Inode{Kind: rootfs.Dir, Mode: 0o755, ModTime: 1e9}),
		with("usr/bin", rootfs.Inode{Kind: rootfs.Symlink, Target: "../x"}),
		content,
		{Entry: rootfs.Entry{Name: "usr/bin/other", Hardlink: "usr/bin/file"}},
		with("", rootfs.Inode{Kind: rootfs.FIFO}),
		with("dev/x", rootfs.Inode{Kind: rootfs.BlockDevice, Major: 1, Minor: 1 << 31}),
		with("empty", rootfs.Inode{Kind: rootfs.File}),
	}
}

func TestIndexGivesBackWhatItWasGiven(t *testing.T) {
	got, err := readIndex(writeIndex(t, sampleRecords()))
	if err != nil || !reflect.DeepEqual(got, sampleRecords()) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestIndexIsSmall(t *testing.T) {
	var records []record
	for i := range 1000 {
		name := fmt.Sprintf("usr/share/some/very/deep/folder/of/a/package/%04d", i)
		records = append(records, record{Entry: rootfs.Entry{Name: name, Inode: rootfs.Inode{Kind: rootfs.Dir, Mode: 0o755, ModTime: 1e9}}})
	}
	if size := len(writeIndex(t, records)); size > 20_000 {
		t.Errorf("%d bytes for 1000 directories", size)
	}
}

func TestIndexOfAnotherVersionIsNoticed(t *testing.T) {
	index := writeIndex(t, nil)
	index[len(magic)-1]++
	sum := crc32.Checksum(index[:len(index)-4], castagnoli())
	binary.BigEndian.PutUint32(index[len(index)-4:], sum)
	if _, err := readIndex(index); !errors.Is(err, errDamaged) || !strings.Contains(err.Error(), "format") {
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
		u := &unpacker{metadata: metadata, index: iw, data: newDataWriter(nil)}
		if err := u.unpack(context.Background(), bytes.NewReader(archive.Bytes())); !errors.Is(err, want) {
			t.Errorf("with a limit of %d: %v, want %v", metadata, err, want)
		}
	}
}

func FuzzIndex(f *testing.F) {
	whole := writeIndex(f, sampleRecords())
	f.Add(whole[len(magic) : len(whole)-footerSize])
	f.Add([]byte{})
	f.Add([]byte{tagHardlink, 0, 1, 'a', 1, 'b'})
	f.Add([]byte{2 | tagXattrs, 0, 1, 'a', 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Add([]byte{2, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f})
	f.Fuzz(func(t *testing.T, data []byte) {
		readIndex(data) // hardly ever an index at all
		records, err := readIndex(indexOf(data, 0))
		if err != nil {
			if !errors.Is(err, errDamaged) {
				t.Fatalf("%v does not say that the pack is damaged", err)
			}
			return
		}
		again, err := readIndex(writeIndex(t, records))
		if err != nil || len(again) != len(records) || len(records) > 0 && !reflect.DeepEqual(again, normal(records)) {
			t.Fatalf("read\n%+v\nwritten and read again\n%+v, %v", records, again, err)
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

func sampleArchive(tb testing.TB) []byte {
	tb.Helper()
	var out bytes.Buffer
	tw := tar.NewWriter(&out)
	for _, hdr := range []tar.Header{
		{Name: "d/", Typeflag: tar.TypeDir, Mode: 0o755},
		{Name: "d/f", Typeflag: tar.TypeReg, Size: 4, Uid: 1 << 31, ModTime: time.Unix(5, 5), Format: tar.FormatPAX, PAXRecords: map[string]string{"SCHILY.xattr.user.a": "b", "LIBARCHIVE.xattr.user.c": "ZA"}},
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

func FuzzArchive(f *testing.F) {
	archive := sampleArchive(f)
	f.Add(archive)
	f.Add(archive[:700])
	for at := 0; at < len(archive); at += 512 {
		f.Add(archive[at:])
	}
	data, err := os.Create(filepath.Join(f.TempDir(), "data"))
	if err != nil {
		f.Fatal(err)
	}
	const limit = 1 << 16
	f.Fuzz(func(t *testing.T, archive []byte) {
		var index bytes.Buffer
		iw, err := newIndexWriter(&index)
		if err != nil {
			t.Fatal(err)
		}
		u := &unpacker{limit: limit, metadata: limit, index: iw, data: newDataWriter(data)}
		err = u.unpack(context.Background(), bytes.NewReader(archive))
		if err != nil && !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrTooLarge) {
			t.Fatalf("%v puts the blame elsewhere", err)
		}
		if u.data.size() > limit {
			t.Fatalf("%d bytes of content are beyond the limit", u.data.size())
		}
		if err != nil {
			return
		}
		if err := u.index.finish(footer{}); err != nil {
			t.Fatal(err)
		}
		records, err := readIndex(index.Bytes())
		if err != nil || uint64(len(records)) != iw.records {
			t.Fatalf("%d records of %d: %v", len(records), iw.records, err)
		}
		rootfs.New().Apply(func(yield func(rootfs.Entry, error) bool) {
			for _, r := range records {
				if !yield(r.Entry, nil) {
					return
				}
			}
		})
	})
}
