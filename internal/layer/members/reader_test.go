package members_test

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"lxdocker/internal/layer/members"
)

type reader interface {
	io.Reader
	Next() (*tar.Header, error)
}

// tell says what a reader makes of an archive: what package layer asks for.
func tell(r reader, part int) string {
	var all strings.Builder
	for range 10_000 {
		h, err := r.Next()
		if err != nil {
			fmt.Fprintln(&all, err)
			return all.String()
		}
		records := maps.Clone(h.PAXRecords)
		sparse := false
		maps.DeleteFunc(records, func(k, _ string) bool {
			sparse = sparse || strings.HasPrefix(k, "GNU.sparse.")
			return !strings.HasPrefix(k, "SCHILY.xattr.") && !strings.HasPrefix(k, "LIBARCHIVE.xattr.")
		})
		if h.Typeflag == tar.TypeXGlobalHeader {
			fmt.Fprintln(&all, "global")
			continue
		}
		fmt.Fprintf(&all, "%q %q %q %d %o %d:%d %d:%d %d %q %v", h.Typeflag, h.Name, h.Linkname, h.Size, h.Mode, h.Uid, h.Gid, h.Devmajor, h.Devminor, h.ModTime.Unix(), records, sparse)
		if h.Size > 1<<20 && sparse {
			fmt.Fprintln(&all)
			continue // of holes
		}
		content, err := io.ReadAll(io.LimitReader(r, int64(part)))
		fmt.Fprintf(&all, " %q %v\n", content, err)
	}
	return all.String()
}

// compare compares with archive/tar, for archives of which all is read.
func compare(t *testing.T, archive []byte) {
	t.Helper()
	same(t, 1<<20, func() io.Reader { return bytes.NewBuffer(archive) })
}

// compareInParts also does so where contents are not read to their end, where the archive comes in
// small pieces, and where it cannot be read to its end.
func compareInParts(t *testing.T, archive []byte) {
	t.Helper()
	compare(t, archive)
	for _, part := range []int{0, 1, 600} {
		same(t, part, func() io.Reader { return iotest.OneByteReader(bytes.NewReader(archive)) })
	}
	same(t, 1<<20, func() io.Reader {
		return io.MultiReader(bytes.NewReader(archive[:len(archive)*2/3]), iotest.ErrReader(io.ErrUnexpectedEOF))
	})
}

func same(t *testing.T, part int, archive func() io.Reader) {
	t.Helper()
	if got, want := tell(members.NewReader(archive()), part), tell(tar.NewReader(archive()), part); got != want {
		t.Fatalf("of contents of %d bytes, it reads\n%s\nand archive/tar\n%s", part, got, want)
	}
}

// sample has members of all kinds, written in all formats.
func sample(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	put := func(h tar.Header, content string) {
		h.Size = int64(len(content))
		if err := w.WriteHeader(&h); err != nil {
			t.Fatalf("%+v: %v", h, err)
		}
		if _, err := io.WriteString(w, content); err != nil {
			t.Fatal(err)
		}
	}
	long := strings.Repeat("long/", 50)
	at := time.Unix(1_000_000_000, 0)
	for _, format := range []tar.Format{tar.FormatUSTAR, tar.FormatPAX, tar.FormatGNU} {
		put(tar.Header{Format: format, Typeflag: tar.TypeDir, Name: "etc/", Mode: 0o755, ModTime: at, Uname: "root"}, "")
		put(tar.Header{Format: format, Typeflag: tar.TypeReg, Name: "etc/passwd", Mode: 0o4644, Uid: 12, Gid: 34, ModTime: at}, "root:x:0:0\n")
		put(tar.Header{Format: format, Typeflag: tar.TypeReg, Name: "empty", ModTime: at}, "")
		put(tar.Header{Format: format, Typeflag: tar.TypeReg, Name: "block", ModTime: at}, strings.Repeat("b", 512))
		put(tar.Header{Format: format, Typeflag: tar.TypeReg, Name: "more", ModTime: at}, strings.Repeat("m", 1300))
		put(tar.Header{Format: format, Typeflag: tar.TypeSymlink, Name: "link", Linkname: "etc/passwd", ModTime: at}, "")
		put(tar.Header{Format: format, Typeflag: tar.TypeLink, Name: "hard", Linkname: "etc/passwd", ModTime: at}, "")
		put(tar.Header{Format: format, Typeflag: tar.TypeChar, Name: "null", Devmajor: 1, Devminor: 3, ModTime: at}, "")
		put(tar.Header{Format: format, Typeflag: tar.TypeFifo, Name: "fifo", ModTime: at}, "")
	}
	put(tar.Header{Format: tar.FormatUSTAR, Typeflag: tar.TypeReg, Name: strings.Repeat("p", 90) + "/" + strings.Repeat("n", 99), ModTime: at}, "prefix")
	put(tar.Header{Format: tar.FormatPAX, Typeflag: tar.TypeReg, Name: long + "file", ModTime: at.Add(5e8), Uid: 3_000_000, PAXRecords: map[string]string{
		"SCHILY.xattr.user.a": "1\x002", "LIBARCHIVE.xattr.b": "Yg", "comment": "nothing",
	}}, "records")
	put(tar.Header{Format: tar.FormatPAX, Typeflag: tar.TypeSymlink, Name: "ä", Linkname: long, ModTime: at}, "")
	put(tar.Header{Format: tar.FormatPAX, Typeflag: tar.TypeReg, Name: "old", ModTime: time.Unix(-5, 5e8)}, "before 1970")
	put(tar.Header{Format: tar.FormatUSTAR, Typeflag: tar.TypeReg, Name: "plain", ModTime: at}, "after all that")
	put(tar.Header{Format: tar.FormatGNU, Typeflag: tar.TypeReg, Name: long + "gnu", ModTime: at, Uid: 3_000_000}, "long name")
	put(tar.Header{Format: tar.FormatUSTAR, Typeflag: tar.TypeReg, Name: "last", ModTime: at}, "the end")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestArchivesMeanWhatTheyMeanToArchiveTar(t *testing.T) {
	archive := sample(t)
	compareInParts(t, archive)
	for n := 0; n < len(archive); n += 501 { // that end somewhere
		compareInParts(t, archive[:n])
	}
	// A byte of each header and of each set of records is another one, with a checksum that is right.
	for at := 0; at < len(archive); at += 512 {
		for _, i := range []int{0, 99, 100, 103, 107, 108, 124, 135, 136, 156, 157, 257, 262, 263, 265, 329, 337, 345, 357, 508, 511} {
			for _, c := range []byte{0, ' ', '/', '7', '8', 'x', 0x80, 0xff} {
				changed := bytes.Clone(archive)
				changed[at+i] = c
				compare(t, changed[:min(len(changed), at+4096)])
				mend(changed[at:])
				compare(t, changed[:min(len(changed), at+4096)])
			}
		}
	}
}

// mend makes the checksum of a header right.
func mend(header []byte) {
	copy(header[148:], "        ")
	sum := 0
	for _, c := range header[:512] {
		sum += int(c)
	}
	copy(header[148:], fmt.Sprintf("%06o\x00 ", sum))
}

func TestRecordsMeanWhatTheyMeanToArchiveTar(t *testing.T) {
	for _, records := range []string{
		"", "x", "12 path=abc\n", "12 path=abc", "11 path=abc\n", "13 path=abc\n", "012 path=abc\n", "+12 path=abc\n", "8 path=\n", "7 path\n",
		"6 =abc\n", "12 path=a\x00c\n", "12 p\x00th=abc\n", "10 size=5\n", "11 size=-5\n", "11 size=+5\n", "30 size=99999999999999999999\n",
		"9 uid=7\n", "10 uid=-7\n", "19 uid=5000000000\n", "9 gid=x\n", "14 mtime=12.5\n", "15 mtime=-12.5\n", "13 mtime=12.\n", "12 mtime=.5\n",
		"14 mtime=12.x\n", "9 atime=\n", "10 atime=x\n", "12 ctime=12\n", "12 path=abc\n12 path=def\n", "12 path=abc\n8 path=\n",
		"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n", "22 SCHILY.xattr.user=\n", "25 SCHILY.xattr.user=a=b\n", "17 uname=\x00\x00\x00\x00\x00\x00\x00\x00\x00\n",
	} {
		var out bytes.Buffer
		write := func(typeflag byte, name, content string) {
			header := make([]byte, 512)
			copy(header, name)
			copy(header[100:], "0000644\x000000000\x000000000\x00")
			copy(header[124:], fmt.Sprintf("%011o\x0000000000000\x00", len(content)))
			header[156] = typeflag
			copy(header[257:], "ustar\x0000")
			copy(header[329:], "0000000\x000000000\x00")
			mend(header)
			out.Write(header)
			out.WriteString(content)
			out.Write(make([]byte, -len(content)&511))
		}
		write('x', "records", records)
		write('0', "file", "content")
		write('0', "next", "more content")
		out.Write(make([]byte, 1024))
		compareInParts(t, out.Bytes())
	}
}

func TestOrdinaryMembersLeaveLittleGarbage(t *testing.T) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for i := range 1000 {
		h := tar.Header{Typeflag: tar.TypeReg, Name: fmt.Sprint("etc/", i), Mode: 0o644, ModTime: time.Unix(1e9, 0), Uname: "root", Gname: "root"}
		if i%2 == 1 {
			h.ModTime, h.Format = h.ModTime.Add(5e8), tar.FormatPAX
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got := testing.AllocsPerRun(10, func() {
		r := members.NewReader(bytes.NewReader(out.Bytes()))
		for {
			if _, err := r.Next(); err == io.EOF {
				return
			} else if err != nil {
				t.Fatal(err)
			}
		}
	})
	if got > 1050 { // the names
		t.Errorf("1,000 members take %.0f allocations", got)
	}
}

func FuzzReader(f *testing.F) {
	archive := sample(f)
	f.Add(archive, false)
	for at := range slices.Chunk(archive, 2048) {
		f.Add(at, true)
	}
	f.Fuzz(func(t *testing.T, archive []byte, mended bool) {
		if mended {
			archive = bytes.Clone(archive)
			for at := 0; at+512 <= len(archive); at += 512 {
				if bytes.Contains(archive[at:][:512], []byte("ustar")) {
					mend(archive[at:])
				}
			}
		}
		compareInParts(t, archive)
	})
}
