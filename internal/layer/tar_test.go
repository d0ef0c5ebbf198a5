package layer_test

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/layer"
	"lxdocker/internal/rootfs"
)

// member is one member of an archive for a test.
type member struct {
	tar.Header
	body string
}

func file(name, body string) member {
	return member{tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(body)), ModTime: time.Unix(1e9, 0)}, body}
}

func archiveOf(tb testing.TB, members ...member) []byte {
	tb.Helper()
	var out bytes.Buffer
	tw := tar.NewWriter(&out)
	for _, m := range members {
		if err := tw.WriteHeader(&m.Header); err != nil {
			tb.Fatal(err)
		}
		if _, err := io.WriteString(tw, m.body); err != nil {
			tb.Fatal(err)
		}
	}
	if err := tw.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// patch changes bytes of the first header in an archive and makes its checksum right.
func patch(archive []byte, changes map[int]string) []byte {
	archive = bytes.Clone(archive)
	for at, text := range changes {
		copy(archive[at:], text)
	}
	copy(archive[148:], "        ")
	sum := 0
	for _, b := range archive[:512] {
		sum += int(b)
	}
	copy(archive[148:], fmt.Sprintf("%06o\x00 ", sum))
	return archive
}

// list writes entries as lines.
func list(tb testing.TB, p *layer.Pack) []string {
	tb.Helper()
	var lines []string
	for e, err := range p.Entries() {
		if err != nil {
			tb.Fatal(err)
		}
		if e.Hardlink != "" {
			lines = append(lines, fmt.Sprintf("h %s == %s", e.Name, e.Hardlink))
			continue
		}
		ino := e.Inode
		line := fmt.Sprintf("%c %o %d:%d %d %s", " dflcbp"[ino.Kind], ino.Mode, ino.UID, ino.GID, ino.ModTime, e.Name)
		switch ino.Kind {
		case rootfs.File:
			line += " = " + content(tb, e)
		case rootfs.Symlink:
			line += " -> " + ino.Target
		case rootfs.CharDevice, rootfs.BlockDevice:
			line += fmt.Sprintf(" %d,%d", ino.Major, ino.Minor)
		}
		for _, name := range slices.Sorted(maps.Keys(ino.Xattrs)) {
			line += fmt.Sprintf(" %s=%q", name, ino.Xattrs[name])
		}
		lines = append(lines, line)
	}
	return lines
}

func content(tb testing.TB, e rootfs.Entry) string {
	tb.Helper()
	if e.Inode.Content == nil {
		return ""
	}
	data, err := io.ReadAll(e.Inode.Content.Open())
	if err != nil {
		tb.Fatal(err)
	}
	if int64(len(data)) != e.Inode.Content.Size() {
		tb.Fatalf("%s: %d bytes, its size is %d", e.Name, len(data), e.Inode.Content.Size())
	}
	return string(data)
}

func TestEveryKindOfEntry(t *testing.T) {
	uid, gid := int64(1<<31), int64(1<<32-2) // constants would not compile where an int has 32 bits
	at := func(m tar.Header) member {
		m.ModTime = time.Unix(1e9, 0)
		return member{Header: m}
	}
	long := strings.Repeat("long/", 60) + "name"
	for behaviour, c := range map[string]struct {
		archive []byte
		want    string
	}{
		"directory":         {archiveOf(t, at(tar.Header{Typeflag: tar.TypeDir, Name: "d/", Mode: 0o1777, Uid: 1, Gid: 2})), "d 1777 1:2 1000000000 d/"},
		"file":              {archiveOf(t, file("f", "text")), "f 644 0:0 1000000000 f = text"},
		"empty file":        {archiveOf(t, file("f", "")), "f 644 0:0 1000000000 f = "},
		"contiguous file":   {patch(archiveOf(t, file("f", "text")), map[int]string{156: "7"}), "f 644 0:0 1000000000 f = text"},
		"old file":          {patch(archiveOf(t, file("f", "text")), map[int]string{156: "\x00"}), "f 644 0:0 1000000000 f = text"},
		"old directory":     {patch(archiveOf(t, at(tar.Header{Typeflag: tar.TypeDir, Name: "d/", Mode: 0o644})), map[int]string{156: "\x00"}), "d 644 0:0 1000000000 d/"},
		"symlink":           {archiveOf(t, at(tar.Header{Typeflag: tar.TypeSymlink, Name: "l", Linkname: "../x", Mode: 0o777})), "l 777 0:0 1000000000 l -> ../x"},
		"symlink to a long": {archiveOf(t, at(tar.Header{Typeflag: tar.TypeSymlink, Name: "l", Linkname: long, Mode: 0o777})), "l 777 0:0 1000000000 l -> " + long},
		"hardlink":          {archiveOf(t, at(tar.Header{Typeflag: tar.TypeLink, Name: "h", Linkname: "./f"})), "h h == ./f"},
		"hardlink to a long": {archiveOf(t, at(tar.Header{Typeflag: tar.TypeLink, Name: "h", Linkname: long, Format: tar.FormatGNU})),
			"h h == " + long},
		"hardlink with a size": {patch(archiveOf(t, at(tar.Header{Typeflag: tar.TypeLink, Name: "h", Linkname: "f"})), map[int]string{124: "00000001000\x00"}),
			"h h == f"},
		"character device": {archiveOf(t, at(tar.Header{Typeflag: tar.TypeChar, Name: "c", Mode: 0o666, Devmajor: 1, Devminor: 3})), "c 666 0:0 1000000000 c 1,3"},
		"block device":     {archiveOf(t, at(tar.Header{Typeflag: tar.TypeBlock, Name: "b", Mode: 0o660, Devmajor: 259, Devminor: 70000})), "b 660 0:0 1000000000 b 259,70000"},
		"FIFO":             {archiveOf(t, at(tar.Header{Typeflag: tar.TypeFifo, Name: "p", Mode: 0o600})), "p 600 0:0 1000000000 p"},
		"all mode bits":    {archiveOf(t, at(tar.Header{Typeflag: tar.TypeReg, Name: "f", Mode: 0o107755})), "f 7755 0:0 1000000000 f = "},
		"long name":        {archiveOf(t, file(long, "x")), "f 644 0:0 1000000000 " + long + " = x"},
		"long name of GNU": {archiveOf(t, at(tar.Header{Typeflag: tar.TypeReg, Name: long, Mode: 0o644, Format: tar.FormatGNU})), "f 644 0:0 1000000000 " + long + " = "},
		"name of bytes":    {archiveOf(t, at(tar.Header{Typeflag: tar.TypeReg, Name: "\xff\xfe\n", Mode: 0o644, Format: tar.FormatGNU})), "f 644 0:0 1000000000 \xff\xfe\n = "},
		"big owners":       {archiveOf(t, at(tar.Header{Typeflag: tar.TypeReg, Name: "f", Uid: int(uid), Gid: int(gid), Format: tar.FormatPAX})), "f 0 2147483648:4294967294 1000000000 f = "},
		"big owners of GNU": {archiveOf(t, at(tar.Header{Typeflag: tar.TypeReg, Name: "f", Uid: int(uid), Gid: int(gid), Format: tar.FormatGNU})),
			"f 0 2147483648:4294967294 1000000000 f = "},
		"negative owner": {patch(archiveOf(t, at(tar.Header{Typeflag: tar.TypeReg, Name: "f", Format: tar.FormatGNU})), map[int]string{108: "\xff\xff\xff\xff\xff\xff\xff\xfe"}),
			"f 0 4294967294:0 1000000000 f = "},
		"time before 1970": {archiveOf(t, member{Header: tar.Header{Typeflag: tar.TypeReg, Name: "f", ModTime: time.Unix(-2, 5e8), Format: tar.FormatPAX}}), "f 0 0:0 -2 f = "},
		"part of a second": {archiveOf(t, member{Header: tar.Header{Typeflag: tar.TypeReg, Name: "f", ModTime: time.Unix(7, 999999999), Format: tar.FormatPAX}}), "f 0 0:0 7 f = "},
		"far future":       {archiveOf(t, member{Header: tar.Header{Typeflag: tar.TypeReg, Name: "f", ModTime: time.Unix(1<<33, 0), Format: tar.FormatPAX}}), "f 0 0:0 8589934592 f = "},
		"xattrs": {archiveOf(t, at(tar.Header{Typeflag: tar.TypeReg, Name: "f", PAXRecords: map[string]string{
			"SCHILY.xattr.security.capability": "\x01\x00\x00\x02=\n", "SCHILY.xattr.user.a": "", "SCHILY.acl.access": "user::rw-",
		}})), `f 0 0:0 1000000000 f =  security.capability="\x01\x00\x00\x02=\n" user.a=""`},
		"xattrs of bsdtar": {archiveOf(t, at(tar.Header{Typeflag: tar.TypeReg, Name: "f", PAXRecords: map[string]string{
			"LIBARCHIVE.xattr.user.a%20b": "AAEC/w", "LIBARCHIVE.xattr.user.padded": "YQ==", "LIBARCHIVE.xattr.user.both": "YQ", "SCHILY.xattr.user.both": "b",
		}})), `f 0 0:0 1000000000 f =  user.a b="\x00\x01\x02\xff" user.both="b" user.padded="a"`},
	} {
		t.Run(behaviour, func(t *testing.T) {
			// What follows must be read in its place.
			end := archiveOf(t, file("end", "of it"))
			archive := append(c.archive[:len(c.archive)-1024], end...)
			if got, want := list(t, mustPack(t, archive)), []string{c.want, "f 644 0:0 1000000000 end = of it"}; !slices.Equal(got, want) {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

func TestWhiteoutsAndCommentsAreNoSpecialFiles(t *testing.T) {
	p := mustPack(t, archiveOf(t,
		member{Header: tar.Header{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "a commit"}}},
		file("d/.wh..wh..opq", ""), file("d/.wh.x", ""), file("d/y", "y")))
	want := []string{"f 644 0:0 1000000000 d/.wh..wh..opq = ", "f 644 0:0 1000000000 d/.wh.x = ", "f 644 0:0 1000000000 d/y = y"}
	if got := list(t, p); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
