package members

import (
	"archive/tar"
	"bytes"
	"io"
)

// Reader reads an archive member by member, like a tar.Reader.
type Reader struct {
	archive io.Reader
	rest    *tar.Reader // of all that is left, once there is a member for it
	header  tar.Header
	left    int64 // bytes of content that were not read
	padding int64 // bytes after the content
	err     error // the first, which stays
	pax     pax
	block   block
}

// NewReader returns a Reader of an archive.
func NewReader(archive io.Reader) *Reader { return &Reader{archive: archive} }

// Next goes to the next member. At the end of the archive, it returns io.EOF. The header holds
// until Next is called again, and says as much as package layer asks for: Typeflag, Name,
// Linkname, Size, Mode, Uid, Gid, Devmajor, Devminor, the seconds of ModTime, and those of
// PAXRecords that are about extended attributes or holes.
func (r *Reader) Next() (*tar.Header, error) {
	if r.err == nil && r.rest == nil {
		r.err = r.next()
	}
	switch {
	case r.err != nil:
		return nil, r.err
	case r.rest != nil:
		return r.rest.Next()
	}
	return &r.header, nil
}

// Read reads the content of the current member.
func (r *Reader) Read(p []byte) (n int, err error) {
	switch {
	case r.rest != nil:
		return r.rest.Read(p)
	case r.err != nil:
		return 0, r.err
	case r.left == 0:
		return 0, io.EOF
	case len(p) == 0:
		return 0, nil
	}
	n, err = r.archive.Read(p[:min(int64(len(p)), r.left)])
	r.left -= int64(n)
	switch {
	case err == io.EOF && r.left > 0:
		err = io.ErrUnexpectedEOF
	case err == nil && r.left == 0:
		err = io.EOF
	}
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}

// next reads a header, and the PAX records before it if there are any.
func (r *Reader) next() error {
	if err := r.skip(); err != nil {
		return err
	}
	if _, err := io.ReadFull(r.archive, r.block[:]); err != nil {
		return err
	}
	r.header = tar.Header{}
	if !r.block.read(&r.header) {
		return r.giveUp(r.block[:])
	}
	if r.header.Typeflag != tar.TypeXHeader {
		r.content()
		return nil
	}
	if r.header.Size > mostRecords {
		return r.giveUp(r.block[:])
	}
	return r.extended()
}

// extended reads a member whose extended header was found.
func (r *Reader) extended() error {
	size := int(r.header.Size)
	r.pax.begin(r.block[:], size)
	if n, err := full(r.archive, r.pax.rest()); err != nil {
		r.archive = broken{err}
		return r.giveUp(r.pax.upTo(n))
	}
	r.header = tar.Header{}
	if r.block = block(r.pax.last()); !r.block.read(&r.header) || r.header.Typeflag == tar.TypeXHeader || !r.pax.merge(&r.header, size) {
		return r.giveUp(r.pax.all)
	}
	r.content()
	return nil
}

// content says how much of it a member has.
func (r *Reader) content() {
	r.left = 0 // whatever the header says, others have none
	if r.header.Typeflag == tar.TypeReg {
		r.left = r.header.Size
	}
	r.padding = -r.left & (blockSize - 1)
}

// skip goes to the next header.
func (r *Reader) skip() error {
	if r.left > 0 {
		n, err := io.CopyN(io.Discard, r.archive, r.left)
		if r.left -= n; err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
	}
	// The last padding may be missing: then the archive is at its end.
	_, err := full(r.archive, r.block[:r.padding])
	r.padding = 0
	return err
}

// full fills b, and otherwise returns the reader's own error.
func full(r io.Reader, b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		var m int
		m, err = r.Read(b[n:])
		n += m
	}
	if n == len(b) && err == io.EOF {
		err = nil
	}
	return n, err
}

// giveUp hands the archive over to archive/tar, from what was read of it last.
func (r *Reader) giveUp(again []byte) error {
	r.rest = tar.NewReader(io.MultiReader(bytes.NewReader(bytes.Clone(again)), r.archive))
	return nil
}

// broken is a reader that fails.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }
