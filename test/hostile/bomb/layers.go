package bomb

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"

	"lxdocker/internal/mediatype"
)

// LinksThroughLinks are 1,000 names through 39 links of 800 parts, of which the first is
// the next link.
func LinksThroughLinks() []Packed {
	l := NewLayer()
	detour := strings.Repeat("d/../", 400)
	l.Add(tar.Header{Typeflag: tar.TypeDir, Name: "d/"})
	for i := range 39 {
		l.Add(tar.Header{Typeflag: tar.TypeSymlink, Name: fmt.Sprintf("l%02d", i), Linkname: fmt.Sprintf("l%02d/", i+1) + detour})
	}
	l.Add(tar.Header{Typeflag: tar.TypeDir, Name: "l39/"})
	for i := range 1000 {
		l.File(fmt.Sprintf("l00/f%d", i), nil)
	}
	return []Packed{l.Done()}
}

// NamesThroughALink are names through one link of 1,600 parts.
func NamesThroughALink() []Packed {
	l := NewLayer()
	l.Add(tar.Header{Typeflag: tar.TypeDir, Name: "d/"})
	l.Add(tar.Header{Typeflag: tar.TypeSymlink, Name: "l", Linkname: strings.Repeat("d/../", 800) + "d"})
	l.Plain(200_000, func(i int) string { return fmt.Sprintf("l/%06d", i) })
	return []Packed{l.Done()}
}

// Attributes are 9,000 of 60 kB in one layer.
func Attributes() []Packed {
	l := NewLayer()
	value := strings.Repeat("x", 60_000)
	for i := range 3000 {
		records := map[string]string{}
		for j := range 3 {
			records[fmt.Sprintf("SCHILY.xattr.user.%d", j)] = fmt.Sprint(i, j, value)
		}
		l.Add(tar.Header{Typeflag: tar.TypeReg, Name: fmt.Sprint(i), PAXRecords: records})
	}
	return []Packed{l.Done()}
}

// AttributesInLayers are 3,200 of 60 kB in eight layers.
func AttributesInLayers() (layers []Packed) {
	value := strings.Repeat("x", 60_000)
	for n := range 8 {
		l := NewLayer()
		for i := range 400 {
			l.Add(tar.Header{Typeflag: tar.TypeReg, Name: fmt.Sprint(n, "-", i), PAXRecords: map[string]string{"SCHILY.xattr.user.x": fmt.Sprint(n, i, value)}})
		}
		layers = append(layers, l.Done())
	}
	return layers
}

// Hole is a file of as much as the form allows, nearly 8 GiB, that is all hole.
func Hole() []Packed {
	l := NewLayer()
	l.Sparse("one", 8<<30-1)
	return []Packed{l.Done()}
}

// Holes are 40 files of 1 GiB each that are all hole.
func Holes() []Packed {
	l := NewLayer()
	for i := range 40 {
		l.Sparse(fmt.Sprint(i), 1<<30)
	}
	return []Packed{l.Done()}
}

// HolesInLayers are 12 layers of a hole of 2 GiB each.
func HolesInLayers() (layers []Packed) {
	for n := range 12 {
		l := NewLayer()
		l.Sparse(fmt.Sprint(n), 2<<30-int64(n))
		layers = append(layers, l.Done())
	}
	return layers
}

// DeepFolders are 1,000 files that are 2,000 directories deep.
func DeepFolders() []Packed {
	l := NewLayer()
	deep := strings.Repeat("d/", 2000)
	for i := range 1000 {
		l.File(fmt.Sprintf("%s%d", deep, i), nil)
	}
	return []Packed{l.Done()}
}

// ManyDeepFolders are 1,000 files, each of which is below 2,000 directories of its own.
func ManyDeepFolders() []Packed {
	l := NewLayer()
	deep := strings.Repeat("d/", 2000)
	for i := range 1000 {
		l.File(fmt.Sprintf("%d/%sx", i, deep), nil)
	}
	return []Packed{l.Done()}
}

const hardlinks = 50_000

// HardlinkChain is one of hardlinks that precede their target.
func HardlinkChain() []Packed {
	l := NewLayer()
	for i := range hardlinks {
		l.Add(tar.Header{Typeflag: tar.TypeLink, Name: fmt.Sprintf("%05d", i), Linkname: fmt.Sprintf("%05d", i+1)})
	}
	l.File(fmt.Sprintf("%05d", hardlinks), []byte("x"))
	return []Packed{l.Done()}
}

// HardlinkRing is one of hardlinks that leads back to itself.
func HardlinkRing() []Packed {
	l := NewLayer()
	for i := range hardlinks {
		l.Add(tar.Header{Typeflag: tar.TypeLink, Name: fmt.Sprintf("%05d", i), Linkname: fmt.Sprintf("%05d", (i+1)%hardlinks)})
	}
	return []Packed{l.Done()}
}

// ManyLayers are 2,000.
func ManyLayers() (layers []Packed) {
	for n := range 2000 {
		l := NewLayer()
		l.File(fmt.Sprint(n), []byte("x"))
		layers = append(layers, l.Done())
	}
	return layers
}

// SmallLayers are 499 of 100 files each.
func SmallLayers() (layers []Packed) {
	for n := range 499 {
		l := NewLayer()
		l.Many(100, 1+100*n, func(i int) string { return fmt.Sprintf("%03d/%02d", n, i) })
		layers = append(layers, l.Done())
	}
	return layers
}

// EmptyMembers are two million of gzip before an archive.
func EmptyMembers() []Packed {
	var member bytes.Buffer
	check(gzip.NewWriter(&member).Close())
	l := NewLayer()
	l.File("x", nil)
	return []Packed{l.Done().Before(bytes.Repeat(member.Bytes(), 2<<20))}
}

// SkippableFrames are four million of zstd.
func SkippableFrames() []Packed {
	return []Packed{Raw(mediatype.TarZstd, bytes.Repeat([]byte{0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0}, 4<<20))}
}

// EmptyFrames are four million of zstd.
func EmptyFrames() []Packed {
	return []Packed{Raw(mediatype.TarZstd, bytes.Repeat([]byte{0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x00, 0x01, 0x00, 0x00}, 4<<20))}
}

// SmallFiles are four layers of so many files of eight bytes each.
func SmallFiles(count int) (layers []Packed) {
	for n := range 4 {
		l := NewLayer()
		l.Many(count, 1+n*count, func(i int) string { return fmt.Sprintf("%d/%07d", n, i) })
		layers = append(layers, l.Done())
	}
	return layers
}

// SameFiles are three layers of the same 800,000 empty files.
func SameFiles() (layers []Packed) {
	for range 3 {
		l := NewLayer()
		l.Plain(800_000, func(i int) string { return fmt.Sprintf("d/%07d", i) })
		layers = append(layers, l.Done())
	}
	return layers
}

// OtherFiles are three layers of 800,000 other empty files each.
func OtherFiles() (layers []Packed) {
	for n := range 3 {
		l := NewLayer()
		l.Plain(800_000, func(i int) string { return fmt.Sprintf("%d/%07d", n, i) })
		layers = append(layers, l.Done())
	}
	return layers
}

// LongNames are 100,000 of 254 bytes that do not compress.
func LongNames() []Packed {
	l := NewLayer()
	for i := range 100_000 {
		l.Add(tar.Header{Typeflag: tar.TypeReg, Name: fmt.Sprintf("%x", Noise(i, 127))})
	}
	return []Packed{l.Done()}
}

// LongLinks are 7,000 to 4,000 bytes that do not compress.
func LongLinks() []Packed {
	l := NewLayer()
	for i := range 7_000 {
		l.Add(tar.Header{Typeflag: tar.TypeSymlink, Name: fmt.Sprint(i), Linkname: fmt.Sprintf("%x", Noise(i, 2000))})
	}
	return []Packed{l.Done()}
}

// Noise does not compress.
func Noise(seed, size int) []byte {
	b := make([]byte, size)
	x := uint64(seed) * 0x9e3779b97f4a7c15
	for i := range b {
		x = x*6364136223846793005 + 1442695040888963407
		b[i] = byte(x >> 56)
	}
	return b
}
