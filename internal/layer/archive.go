package layer

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"lxdocker/internal/block"
	"lxdocker/internal/humanize"
	"lxdocker/internal/layer/members"
	"lxdocker/internal/rootfs"
)

// maxMetadata bounds the names and attributes of one layer, because they are held in
// memory later. A layer of a million files has about 100 MiB.
const maxMetadata = 512 << 20

// perEntry is how much memory an entry takes besides its strings.
const perEntry = 128

// unpacker writes the entries of an archive into an index and their contents
// into a file of blocks.
type unpacker struct {
	want     blobRequest
	limit    int64 // bytes of contents that are allowed
	left     int64 // bytes of contents that remain of limit
	metadata int64 // bytes of names and attributes that remain of maxMetadata
	index    *indexWriter
	blocks   *block.Writer
}

// unpack reads an archive to its end mark.
func (u *unpacker) unpack(ctx context.Context, archive io.Reader) error {
	archived := members.NewReader(archive)
	for {
		hdr, err := archived.Next()
		switch {
		case err == io.EOF:
			return nil
		case errors.Is(err, tar.ErrInsecurePath): // only by GODEBUG; package rootfs checks names
		case err != nil:
			return corruptf("reading its archive: %w", err)
		}
		if hdr.Typeflag == tar.TypeXGlobalHeader { // git archive's comment, which is about no file
			continue
		}
		if err := u.entry(ctx, hdr, archived); err != nil {
			return err
		}
	}
}

func (u *unpacker) entry(ctx context.Context, hdr *tar.Header, content io.Reader) error {
	e, err := entryOf(hdr)
	if err != nil {
		return corruptf("reading entry %q: %w", hdr.Name, err)
	}
	if u.metadata -= cost(e); u.metadata < 0 {
		return tooLargef("the names and attributes of its files take more than %s", humanize.Limit(maxMetadata))
	}
	total := e.Cost()
	if e.Hardlink == "" && e.Inode.Kind == rootfs.File && hdr.Size > 0 {
		total += rootfs.ContentCost
	}
	if err := u.want.took.take(Amount{Entries: 1, Metadata: total}); err != nil {
		return err
	}
	r := record{Entry: e}
	if e.Hardlink == "" && e.Inode.Kind == rootfs.File {
		if r.file, err = u.content(ctx, hdr, content); err != nil {
			return err
		}
	}
	return u.index.add(r)
}

func (u *unpacker) content(ctx context.Context, hdr *tar.Header, content io.Reader) (block.File, error) {
	// Checked before a byte is read, because a sparse file may claim any size.
	if hdr.Size < 0 || hdr.Size > u.left {
		return block.File{}, overLimit(u.limit)
	}
	if hasHoles(hdr) {
		if err := u.want.took.take(Amount{Bytes: hdr.Size}); err != nil {
			return block.File{}, err
		}
	}
	u.left -= hdr.Size
	f, err := u.blocks.Add(ctx, content, hdr.Size)
	if unread, ok := errors.AsType[*block.ReadError](err); ok {
		return f, corruptf("reading the content of %q: %w", hdr.Name, unread.Err)
	}
	return f, err
}

// hasHoles says whether a file may be larger than what the archive has of it.
func hasHoles(hdr *tar.Header) bool {
	if hdr.Typeflag == tar.TypeGNUSparse {
		return true
	}
	for key := range hdr.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// entryOf translates a header. Sizes of anything but regular files are ignored: some
// writers give hardlinks the size of their target, but no content.
func entryOf(hdr *tar.Header) (rootfs.Entry, error) {
	e := rootfs.Entry{Name: hdr.Name}
	ino := &e.Inode
	switch hdr.Typeflag {
	case tar.TypeLink:
		if hdr.Linkname == "" {
			return e, errors.New("a hardlink without a target")
		}
		e.Hardlink = hdr.Linkname
		return e, nil
	case tar.TypeDir:
		ino.Kind = rootfs.Dir
	case tar.TypeReg, tar.TypeCont, tar.TypeGNUSparse:
		ino.Kind = rootfs.File
	case tar.TypeSymlink:
		ino.Kind, ino.Target = rootfs.Symlink, hdr.Linkname
	case tar.TypeChar:
		ino.Kind = rootfs.CharDevice
	case tar.TypeBlock:
		ino.Kind = rootfs.BlockDevice
	case tar.TypeFifo:
		ino.Kind = rootfs.FIFO
	default:
		return e, fmt.Errorf("its type %q is not known", hdr.Typeflag)
	}
	ino.Mode = uint32(hdr.Mode & 0o7777)
	ino.ModTime = hdr.ModTime.Unix() // rounds down, also before 1970
	var err error
	if ino.UID, err = owner(hdr.Uid); err != nil {
		return e, err
	}
	if ino.GID, err = owner(hdr.Gid); err != nil {
		return e, err
	}
	if ino.Kind == rootfs.CharDevice || ino.Kind == rootfs.BlockDevice {
		if hdr.Devmajor < 0 || hdr.Devmajor > math.MaxUint32 || hdr.Devminor < 0 || hdr.Devminor > math.MaxUint32 {
			return e, fmt.Errorf("device number %d:%d is not possible", hdr.Devmajor, hdr.Devminor)
		}
		ino.Major, ino.Minor = uint32(hdr.Devmajor), uint32(hdr.Devminor)
	}
	ino.Xattrs, err = xattrsOf(hdr.PAXRecords)
	return e, err
}

// owner converts negative numbers as Linux does: -2 in a base-256 field is 2^32-2, which
// is "nobody" on some systems.
func owner(id int) (uint32, error) {
	if n := int64(id); n < math.MinInt32 || n > math.MaxUint32 { // an int may have 32 bits
		return 0, fmt.Errorf("owner %d is not possible", id)
	}
	return uint32(id), nil
}

func cost(e rootfs.Entry) int64 {
	n := perEntry + len(e.Name) + len(e.Hardlink) + len(e.Inode.Target)
	for name, value := range e.Inode.Xattrs {
		n += perEntry + len(name) + len(value)
	}
	return int64(n)
}
