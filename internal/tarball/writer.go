package tarball

import (
	"archive/tar"
	"context"
	"fmt"
	"io"
	"path"
	"time"

	"lxdocker/internal/rootfs"
)

// copyBuffer is how much of a file is read at once, in bytes.
const copyBuffer = 1 << 20

// Size is how many bytes of contents Write adds.
func Size(t *rootfs.Tree) (n int64) {
	seen := map[uint32]bool{} // only what has several names
	links := t.Links()
	for _, inode := range t.Names() {
		if inode.Content == nil || seen[inode.Number] {
			continue
		}
		if links[inode.Number] > 1 {
			seen[inode.Number] = true
		}
		n += inode.Content.Size()
	}
	return n
}

// Write adds the whole tree to w, every name below prefix ("" or "rootfs").
// It does not close w, so that a caller may put entries of its own before and
// after. Cancelling ctx ends it between two reads. progress, if it is not nil, is
// told how many bytes of contents were added, each time.
func Write(ctx context.Context, w *tar.Writer, t *rootfs.Tree, prefix string, progress func(n int64)) error {
	carrier := &carriers{links: t.Links(), names: map[uint32]string{}}
	buffer := make([]byte, copyBuffer)
	for name, inode := range t.All() {
		if err := ctx.Err(); err != nil {
			return err
		}
		h, err := header(path.Join(prefix, name), inode, carrier)
		if err != nil {
			return err
		}
		if err := w.WriteHeader(h); err != nil {
			return fmt.Errorf("writing the tar header of /%s: %w", name, err)
		}
		if h.Size == 0 {
			continue
		}
		if _, err := io.CopyBuffer(struct{ io.Writer }{w}, reader{ctx, inode.Content.Open(), progress}, buffer); err != nil {
			return fmt.Errorf("writing the content of /%s: %w", name, err)
		}
	}
	return nil
}

// carriers remembers the first name of what has several.
type carriers struct {
	links []uint32
	names map[uint32]string // by the number of the inode
}

// header describes one name. A second name of an inode that carrier knows
// becomes a hard link to the first.
func header(name string, inode *rootfs.Inode, carrier *carriers) (*tar.Header, error) {
	h := &tar.Header{
		Name:    name,
		Mode:    int64(inode.Mode),
		Uid:     int(inode.UID),
		Gid:     int(inode.GID),
		ModTime: time.Unix(inode.ModTime, 0),
	}
	if inode.Kind != rootfs.Dir {
		if first, ok := carrier.names[inode.Number]; ok {
			h.Typeflag, h.Linkname = tar.TypeLink, first
			return h, nil
		}
		if carrier.links[inode.Number] > 1 {
			carrier.names[inode.Number] = name
		}
	}
	switch inode.Kind {
	case rootfs.Dir:
		h.Typeflag, h.Name = tar.TypeDir, name+"/"
	case rootfs.File:
		h.Typeflag = tar.TypeReg
		if inode.Content != nil {
			h.Size = inode.Content.Size()
		}
	case rootfs.Symlink:
		h.Typeflag, h.Linkname = tar.TypeSymlink, inode.Target
	case rootfs.CharDevice:
		h.Typeflag, h.Devmajor, h.Devminor = tar.TypeChar, int64(inode.Major), int64(inode.Minor)
	case rootfs.BlockDevice:
		h.Typeflag, h.Devmajor, h.Devminor = tar.TypeBlock, int64(inode.Major), int64(inode.Minor)
	case rootfs.FIFO:
		h.Typeflag = tar.TypeFifo
	default:
		return nil, fmt.Errorf("writing /%s: inode of unknown kind %d", name, inode.Kind)
	}
	if len(inode.Xattrs) > 0 {
		h.PAXRecords = make(map[string]string, len(inode.Xattrs))
		for k, v := range inode.Xattrs {
			h.PAXRecords["SCHILY.xattr."+k] = v
		}
	}
	return h, nil
}

// reader ends a long copy with the context, and tells how far it is.
type reader struct {
	ctx      context.Context
	r        io.Reader
	progress func(n int64)
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.r.Read(p)
	if r.progress != nil {
		r.progress(int64(n))
	}
	return n, err
}
