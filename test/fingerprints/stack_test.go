package fingerprints_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"
	"time"
)

// dice draws by an arithmetic that no release of Go changes.
type dice uint64

// roll returns a number below n (splitmix64).
func (d *dice) roll(n int) int {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int((z ^ z>>31) % uint64(n))
}

func pick[T any](d *dice, of ...T) T { return of[d.roll(len(of))] }

// member is one member of a layer's archive.
type member struct {
	tar.Header
	body []byte
}

// stack draws layers, base first. Symbolic links point at directories that are
// never links themselves, so no name leads into a loop; hardlinks point at files
// with names of their own, so their targets are there.
type stack struct {
	dice
	large  bool            // has files of more than one block
	made   map[string]byte // names of the layers so far, and their types
	files  []string        // that a hardlink may point at
	serial int
}

func (s *stack) layers() [][]member {
	s.made = make(map[string]byte)
	layers := make([][]member, 1+s.roll(4))
	for i := range layers {
		layers[i] = append(s.whiteouts(), s.members()...)
	}
	return layers
}

// whiteouts hide up to three names of the layers below.
func (s *stack) whiteouts() (list []member) {
	var names []string
	for name := range s.made {
		names = append(names, name)
	}
	slices.Sort(names)
	if len(names) == 0 {
		return nil
	}
	for range s.roll(4) {
		name := names[s.roll(len(names))]
		hidden := path.Join(path.Dir(name), ".wh."+path.Base(name))
		if s.made[name] == tar.TypeDir && s.roll(2) == 0 {
			hidden = path.Join(name, ".wh..wh..opq")
		}
		s.files = slices.DeleteFunc(s.files, func(f string) bool { return f == name })
		list = append(list, member{Header: tar.Header{Typeflag: tar.TypeReg, Name: hidden}})
	}
	return list
}

var directories = []string{"usr", "usr/bin", "usr/lib", "etc", "var/lib/d\xc3\xa9", "opt/a b"}

func (s *stack) members() (list []member) {
	add := func(m member) {
		m.Mode, m.Uid, m.Gid = s.mode(), s.owner(), s.owner()
		m.ModTime = time.Unix(pick(&s.dice, int64(0), 1, 1e9, 1577836800, 1<<32+5), 0)
		list = append(list, m)
		s.made[strings.Trim(m.Name, "/.")] = m.Typeflag
	}
	for range 2 + s.roll(12) {
		s.serial++
		dir := pick(&s.dice, directories...)
		name := path.Join(dir, pick(&s.dice, "a", "b", "c/d", "\xff\n", strings.Repeat("long", 40)))
		switch s.roll(12) {
		case 0:
			add(s.attributes(member{Header: tar.Header{Typeflag: tar.TypeDir, Name: dir + "/"}}))
		case 1:
			add(member{Header: tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: pick(&s.dice, "/usr", "../etc", "/nowhere/x")}})
		case 2:
			add(member{Header: tar.Header{Typeflag: tar.TypeChar, Name: name, Devmajor: 1, Devminor: int64(s.roll(300))}})
		case 3:
			add(member{Header: tar.Header{Typeflag: tar.TypeBlock, Name: name, Devmajor: 259, Devminor: int64(s.roll(3))}})
		case 4:
			add(member{Header: tar.Header{Typeflag: tar.TypeFifo, Name: name}})
		case 5:
			if len(s.files) > 0 {
				add(member{Header: tar.Header{Typeflag: tar.TypeLink, Name: "links/" + fmt.Sprint(s.serial), Linkname: pick(&s.dice, s.files...)}})
			}
		case 6, 7:
			add(s.attributes(s.file("./"+name, s.content())))
		default:
			own := fmt.Sprint("file", s.serial)
			add(s.attributes(s.file(own, s.content())))
			s.files = append(s.files, own)
		}
	}
	return list
}

func (s *stack) file(name string, body []byte) member {
	return member{tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(body))}, body}
}

func (s *stack) mode() int64 {
	return pick[int64](&s.dice, 0o755, 0o644, 0o600, 0, 0o4755, 0o2750, 0o1777)
}

func (s *stack) owner() int {
	return int(pick[int64](&s.dice, 0, 0, 1, 33, 1000, 65534, 1<<20, 1<<32-2))
}

// capability is cap_net_bind_service=ep in the form that kernels accept
// (linux/capability.h, VFS_CAP_REVISION_2).
const capability = "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// attributes gives some members extended attributes, of which images drop some.
func (s *stack) attributes(m member) member {
	switch s.roll(12) {
	case 0:
		m.PAXRecords = map[string]string{"SCHILY.xattr.user.a": "1"}
	case 1:
		m.PAXRecords = map[string]string{"SCHILY.xattr.user.b": strings.Repeat("value", 60), "SCHILY.xattr.user.c": "\xff=", "SCHILY.xattr.trusted.x": "dropped"}
	case 2:
		if m.Typeflag == tar.TypeReg {
			m.PAXRecords = map[string]string{"SCHILY.xattr.security.capability": capability}
		}
	}
	return m
}

const mebi = 1 << 20

// content draws what a file holds. The same seeds come again in other layers and
// stacks, so that some contents are equal.
func (s *stack) content() []byte {
	seed := s.roll(40)
	if s.large {
		switch s.roll(4) {
		case 0:
			return words(seed, pick(&s.dice, mebi-1, mebi, mebi+1, 2*mebi+77))
		case 1: // a hole between two ends
			return append(append(words(seed, 1000), make([]byte, 3*mebi)...), words(seed, s.roll(mebi))...)
		case 2:
			return make([]byte, pick(&s.dice, mebi, 2*mebi+1))
		}
	}
	switch s.roll(8) {
	case 0:
		return nil
	case 1:
		return make([]byte, 1+s.roll(5000))
	case 2:
		return words(seed, 20_000+seed*100)
	}
	return words(seed, 1+seed*50)
}

// words is text in which words come again, and now and then noise.
func words(seed, size int) []byte {
	d := dice(seed)
	var out bytes.Buffer
	for out.Len() < size {
		if n := d.roll(500); n > 2 {
			fmt.Fprintf(&out, "%x ", n*n)
			continue
		}
		for range d.roll(4000) {
			out.WriteByte(byte(d.roll(256)))
		}
	}
	return out.Bytes()[:size]
}

// blob is a layer as registries have it.
type blob struct{ archive, stored []byte }

// blobOf makes the archive of a layer; every other one is compressed.
func blobOf(t *testing.T, members []member, compressed bool) blob {
	t.Helper()
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for _, m := range members {
		m.Format = tar.FormatPAX
		if err := w.WriteHeader(&m.Header); err != nil {
			t.Fatalf("%q: %v", m.Name, err)
		}
		if _, err := w.Write(m.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if !compressed {
		return blob{archive.Bytes(), archive.Bytes()}
	}
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if _, err := z.Write(archive.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return blob{archive.Bytes(), out.Bytes()}
}
