package archive

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"lxdocker/internal/durable"
	"lxdocker/internal/failure"
	"lxdocker/internal/mediatype"
)

// Limits of archives, far beyond what docker save or skopeo write.
const (
	maxMembers  = 100_000
	maxUnpacked = 64 << 30 // bytes of a compressed archive
	maxLinks    = 16       // followed for one name
)

// tarball is an archive that is read in place: names are keys of a map, and never
// become names on disk.
type tarball struct {
	f       *os.File
	members map[string]member
}

// member is a file in an archive, or a link to one.
type member struct {
	offset, size int64
	link         string // cleaned name of the target; "" for a file
}

// openTarball opens an archive. A compressed one is unpacked into an unlinked file
// in spool, so that nothing is left behind whatever happens.
func openTarball(ctx context.Context, path, spool string) (*tarball, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, localError(path, err)
	}
	if st.IsDir() {
		return nil, failure.Errorf(failure.NotFound, "%s is a folder: for an OCI layout, use oci:", path)
	}
	if !st.Mode().IsRegular() {
		return nil, failure.Errorf(failure.NotFound, "%s is no regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if f, err = unpacked(ctx, f, spool); err != nil {
		return nil, err
	}
	t := &tarball{f: f, members: map[string]member{}}
	if err := t.index(ctx); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("reading %s as a tar archive: %w", path, err)
	}
	return t, nil
}

// unpacked returns a file with the plain tar: f, or another one after closing f.
func unpacked(ctx context.Context, f *os.File, spool string) (*os.File, error) {
	var head [mediatype.SniffLen]byte
	n, err := f.ReadAt(head[:], 0)
	if err != nil && err != io.EOF {
		_ = f.Close()
		return nil, err
	}
	var plain io.Reader
	kind := mediatype.Sniff(head[:n])
	switch kind {
	case mediatype.Uncompressed:
		return f, nil
	case mediatype.Gzip:
		plain, err = gzip.NewReader(f)
	case mediatype.Zstd:
		var z *zstd.Decoder
		if z, err = zstd.NewReader(f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(256<<20)); err == nil {
			defer z.Close()
			plain = z
		}
	default:
		err = failure.Errorf(failure.Unsupported, "it is compressed by %s: unpack it first, gzip and zstd are understood", kind)
	}
	defer f.Close()
	if err != nil {
		return nil, fmt.Errorf("unpacking %s: %w", f.Name(), err)
	}
	to, err := durable.Unnamed(spool, ".tmp-") // package registry sweeps what a crash leaves
	if err != nil {
		return nil, fmt.Errorf("unpacking %s: %w", f.Name(), err)
	}
	if err := copySparse(ctx, to, plain); err != nil {
		_ = to.Close()
		return nil, fmt.Errorf("unpacking %s: %w", f.Name(), err)
	}
	return to, nil
}

// copySparse copies and leaves holes for zeros, so that an archive full of zeros does
// not fill the disk.
func copySparse(ctx context.Context, to *os.File, from io.Reader) error {
	buf, zeros := make([]byte, 64<<10), make([]byte, 64<<10)
	for at := int64(0); ; {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		n, err := fill(from, buf)
		if err != nil && err != io.EOF {
			return err
		}
		if !bytes.Equal(buf[:n], zeros[:n]) {
			if _, err := to.WriteAt(buf[:n], at); err != nil {
				return err
			}
		}
		if at += int64(n); at > maxUnpacked {
			return failure.Errorf(failure.TooLarge, "it has more than %d GiB", maxUnpacked>>30)
		}
		if err == io.EOF {
			return to.Truncate(at)
		}
	}
}

// fill reads until buf is full. Unlike io.ReadFull, it distinguishes the end of the
// input from a decompressor's io.ErrUnexpectedEOF for truncated input.
func fill(from io.Reader, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var m int
		m, err = from.Read(buf[n:])
		n += m
	}
	return n, err
}

// index records where each member is.
func (t *tarball) index(ctx context.Context) error {
	tr := tar.NewReader(t.f)
	for n := 0; ; n++ {
		h, err := tr.Next()
		switch {
		case err == io.EOF && n == 0:
			return failure.Errorf(failure.Corrupt, "it is empty")
		case err == io.EOF:
			return nil
		case errors.Is(err, io.ErrUnexpectedEOF):
			return failure.Errorf(failure.Corrupt, "it is cut off after %d files", n)
		case err != nil:
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case n >= maxMembers:
			return failure.Errorf(failure.TooLarge, "it has more than %d files", maxMembers)
		}
		// tar.Reader does not read ahead: after the header, the file is at the
		// content.
		at, err := t.f.Seek(0, io.SeekCurrent)
		if err != nil {
			return err
		}
		name := cleanName(h.Name)
		switch h.Typeflag {
		case tar.TypeReg:
			if h.PAXRecords["GNU.sparse.major"] == "" && h.PAXRecords["GNU.sparse.map"] == "" {
				t.members[name] = member{offset: at, size: h.Size}
			}
		case tar.TypeSymlink: // docker save before 25 writes repeated layers so
			t.members[name] = member{link: cleanName(path.Join(path.Dir(name), h.Linkname))}
		case tar.TypeLink:
			t.members[name] = member{link: cleanName(h.Linkname)}
		}
	}
}

// cleanName maps ./a, /a and b/../a to a; no name leads above the root.
func cleanName(s string) string {
	return path.Clean("/" + s)[1:]
}

// find follows links to a file.
func (t *tarball) find(name string) (member, error) {
	at := cleanName(name)
	for range maxLinks {
		m, ok := t.members[at]
		if !ok {
			return member{}, &missingError{clean(name)}
		}
		if m.link == "" {
			return m, nil
		}
		at = m.link
	}
	return member{}, failure.Errorf(failure.Corrupt, "%s is behind too many links", clean(name))
}

// file implements files.
func (t *tarball) file(name string) (layoutFile, error) {
	m, err := t.find(name)
	if err != nil {
		return layoutFile{}, err
	}
	return layoutFile{io.NopCloser(io.NewSectionReader(t.f, m.offset, m.size)), m.size}, nil
}

func (t *tarball) Close() error { return t.f.Close() }
