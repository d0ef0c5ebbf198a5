package members

import (
	"archive/tar"
	"bytes"
	"time"
)

const blockSize = 512

// block is a header.
type block [blockSize]byte

// Where the fields of a header are (POSIX.1-2024, pax: ustar Interchange Format; tar(5) for GNU's).
var (
	name     = field{0, 100}
	mode     = field{100, 8}
	uid      = field{108, 8}
	gid      = field{116, 8}
	size     = field{124, 12}
	mtime    = field{136, 12}
	checksum = field{148, 8}
	typeflag = field{156, 1}
	linkname = field{157, 100}
	magic    = field{257, 8} // with the version
	devmajor = field{329, 8}
	devminor = field{337, 8}
	prefix   = field{345, 155} // of ustar
	atime    = field{345, 12}  // of GNU
	ctime    = field{357, 12}  // of GNU
	trailer  = field{508, 4}   // of star
)

type field struct{ at, length int }

func (b *block) of(f field) []byte { return b[f.at:][:f.length] }

// read reads a header that needs none of what archive/tar knows beyond this. Otherwise, it
// returns false, and h has some of it.
func (b *block) read(h *tar.Header) bool {
	h.Typeflag = b[typeflag.at]
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeLink, tar.TypeSymlink, tar.TypeChar, tar.TypeBlock, tar.TypeDir, tar.TypeFifo, tar.TypeXHeader:
	default:
		return false
	}
	ustar, ok := b.format()
	if !ok {
		return false
	}
	var n numbers
	sum := n.octal(b.of(checksum))
	h.Mode, h.Size = n.octal(b.of(mode)), n.octal(b.of(size))
	h.Uid, h.Gid = int(n.octal(b.of(uid))), int(n.octal(b.of(gid)))
	h.ModTime = time.Unix(n.octal(b.of(mtime)), 0)
	h.Devmajor, h.Devminor = n.octal(b.of(devmajor)), n.octal(b.of(devminor))
	if n.odd || sum != b.sum() {
		return false
	}
	if h.Typeflag == tar.TypeXHeader {
		return true // nobody asks for its name
	}
	h.Name, h.Linkname = text(b.of(name)), text(b.of(linkname))
	if ustar && b[prefix.at] != 0 {
		h.Name = text(b.of(prefix)) + "/" + h.Name
	}
	return true
}

// format says whether the format is ustar or GNU, in which the place of the prefix is for times
// that hardly anybody writes. It is not ok if it is another one, or has such times.
func (b *block) format() (ustar, ok bool) {
	switch m := b.of(magic); {
	case string(m[:6]) == "ustar\x00":
		return true, string(b.of(trailer)) != "tar\x00"
	case string(m) == "ustar  \x00":
		return false, b[atime.at] == 0 && b[ctime.at] == 0
	}
	return false, false
}

// sum is the sum of all bytes, in which those of the checksum count as spaces.
func (b *block) sum() (n int64) {
	var sum uint32
	for _, c := range b {
		sum += uint32(c)
	}
	for _, c := range b.of(checksum) {
		sum -= uint32(c)
	}
	return int64(sum) + int64(' ')*int64(checksum.length)
}

// text is what stands before the first NUL.
func text(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}

// numbers reads numbers, and notes whether one is odd: not in the usual form.
type numbers struct{ odd bool }

// octal reads octal digits, with spaces and NULs before them and after them, or nothing, which
// means 0.
func (n *numbers) octal(b []byte) (x int64) {
	i := 0
	for i < len(b) && (b[i] == ' ' || b[i] == 0) {
		i++
	}
	for ; i < len(b) && '0' <= b[i] && b[i] <= '7'; i++ {
		x = x<<3 | int64(b[i]-'0')
	}
	for ; i < len(b); i++ {
		if b[i] != ' ' && b[i] != 0 {
			n.odd = true
		}
	}
	return x
}
