package dir

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

const (
	// cloneUnit is what shared pieces must begin and end at: the block size of
	// btrfs and XFS.
	cloneUnit = 4096
	// worthCloning is from which size on a piece is shared: each is an extent
	// that the file system has to remember.
	worthCloning = 64 << 10
)

// WriteFrom implements store.Writer. If src is a file, and the file system can
// (btrfs, XFS), both files share these blocks of the disk, so that they take
// no time and no room; the bytes are needed for the hashes all the same. It
// shares nothing unless off and the place in the file are equally far from a
// block's begin.
func (w *writer) WriteFrom(p []byte, from io.ReaderAt, off int64) (int, error) {
	src, ok := from.(*os.File)
	if !ok {
		return w.Write(p)
	}
	return w.write(p, func() (int, error) {
		head := int(-w.size & (cloneUnit - 1))
		body := (len(p) - head) &^ (cloneUnit - 1)
		if w.unshared || (w.size-off)&(cloneUnit-1) != 0 || body < worthCloning {
			return w.file.WriteAt(p, w.size)
		}
		if n, err := w.file.WriteAt(p[:head], w.size); err != nil {
			return n, err
		}
		if !w.share(src, off+int64(head), w.size+int64(head), body) {
			body = 0
		}
		n, err := w.file.WriteAt(p[head+body:], w.size+int64(head+body))
		return head + body + n, err
	})
}

// share makes length bytes at to those of src at from. After the first failure
// it is not tried again: other file systems, or other disks, never can.
func (w *writer) share(src *os.File, from, to int64, length int) bool {
	err := unix.IoctlFileCloneRange(int(w.file.Fd()), &unix.FileCloneRange{
		Src_fd: int64(src.Fd()), Src_offset: uint64(from), Src_length: uint64(length), Dest_offset: uint64(to),
	})
	w.unshared = err != nil
	return err == nil
}
