package mediatype

import "bytes"

// Compression is how the bytes of a layer or archive hold a tar archive. Its text
// is for people.
type Compression string

// The compressions that are told from each other. Bzip2 and XZ are known by name
// only.
const (
	Unknown      Compression = ""
	Uncompressed Compression = "uncompressed"
	Gzip         Compression = "gzip"
	Zstd         Compression = "zstd"
	Bzip2        Compression = "bzip2"
	XZ           Compression = "xz"
)

// SniffLen is how many bytes Sniff looks at.
const SniffLen = 6

// Sniff recognises a compression by the first bytes of a file; unknown bytes are
// Uncompressed. A skippable frame may also open a zstd stream (RFC 8878, 3.1.2: 0x184D2A50
// to 0x184D2A5F).
func Sniff(head []byte) Compression {
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return Gzip
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}),
		len(head) >= 4 && head[0]&0xf0 == 0x50 && bytes.Equal(head[1:4], []byte{0x2a, 0x4d, 0x18}):
		return Zstd
	case bytes.HasPrefix(head, []byte("BZh")):
		return Bzip2
	case bytes.HasPrefix(head, []byte{0xfd, '7', 'z', 'X', 'Z', 0}):
		return XZ
	}
	return Uncompressed
}

// Layer returns the media type of an OCI layer that is compressed so; "" if there
// is none.
func (c Compression) Layer() string {
	switch c {
	case Uncompressed:
		return Tar
	case Gzip:
		return TarGzip
	case Zstd:
		return TarZstd
	}
	return ""
}
