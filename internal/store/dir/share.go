package dir

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"golang.org/x/sys/unix"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// Equal files are stored once: before a version is published, each of its files that has
// the bytes of a published one becomes a hard link to that. Published files never change,
// so that it does not matter to a version whom it shares them with; they take room until
// the last version goes that has them.
//
// Bytes are compared, from the disk, whatever the sums say: a published file may have been
// damaged since, and that must not spread. Where links cannot be made, nothing is shared.

// worthSharing is from which size on a file is shared: smaller ones have a block of the
// disk each, and differ anyway.
const worthSharing = 4096

// mostOthers is how many different files are compared for one: that more than one has the
// sum is rare, and means that one of them is damaged or has all the links it can have.
const mostOthers = 3

// mostLinks is how many of its names are tried.
const mostLinks = 64

// share replaces files of the draft that are published already by links to those. After a
// crash the draft has either. On errors, the file stays as it is.
func (d *draft) share(ctx context.Context, files []image.File) error {
	for _, f := range files {
		if f.Size < worthSharing {
			continue
		}
		others, err := d.store.equals(ctx, f)
		if err != nil {
			d.store.log.Debug("cannot look for an equal file", "file", f.Name, "error", err) // placing the draft says so, too
		}
		tried := map[uint64]bool{} // inodes that were compared
		// The last may have links left when the first have all that a file can have.
		for _, path := range slices.Backward(others[max(0, len(others)-mostLinks):]) {
			shared, err := d.link(ctx, filepath.Join(d.files, f.Name), path, tried)
			if err := ctx.Err(); err != nil {
				return err
			}
			if err != nil {
				d.store.log.Debug("cannot share an equal file", "file", path, "error", err)
			}
			if shared || len(tried) >= mostOthers {
				break
			}
		}
	}
	return nil
}

// sharing is the lock of those whose largest file is the same, and of some others.
func (s *Store) sharing(files []image.File) *sync.Mutex {
	largest := slices.MaxFunc(files, func(a, b image.File) int { return cmp.Compare(a.Size, b.Size) })
	return &s.equal[beginOf(largest)%uint64(len(s.equal))]
}

// link puts a link to a published file, whose path within the store is other, in the place
// of a file with the same bytes. The published one cannot be pruned meanwhile: it is linked
// first, and looked at then.
func (d *draft) link(ctx context.Context, mine, other string, tried map[uint64]bool) (shared bool, err error) {
	to := filepath.Join(d.scratch.Dir, "shared")
	if err := os.Link(d.store.path(other), to); err != nil {
		return false, err
	}
	defer func() {
		if !shared {
			err = errors.Join(err, os.Remove(to))
		}
	}()
	st := lstat(to)
	if own := lstat(mine); own.dev == st.dev && own.ino == st.ino { // it was taken over
		return true, os.Remove(to)
	}
	if st.mode&unix.S_IFMT != unix.S_IFREG || tried[st.ino] {
		return false, nil
	}
	tried[st.ino] = true
	equal, err := equalFiles(ctx, mine, to)
	if err != nil || !equal {
		return false, err
	}
	err = os.Rename(to, mine)
	return err == nil, err
}

// equalFiles compares the bytes of two files, of the second one those on the disk.
func equalFiles(ctx context.Context, path, other string) (bool, error) {
	a, err := openContent(func() (*os.File, error) { return os.Open(path) })
	if err != nil {
		return false, err
	}
	defer a.Close()
	b, err := openContent(func() (*os.File, error) { return os.Open(other) })
	if err != nil {
		return false, err
	}
	defer b.Close()
	if f, ok := b.(store.Forgetter); ok {
		f.Forget()
	}
	if a.Size() != b.Size() {
		return false, nil
	}
	const piece = 256 << 10
	left, right := make([]byte, piece), make([]byte, piece)
	for at := int64(0); at < a.Size(); at += piece {
		n := min(piece, a.Size()-at)
		_, errA := a.ReadAt(left[:n], at)
		_, errB := b.ReadAt(right[:n], at)
		if err := errors.Join(ctx.Err(), noEnd(errA), noEnd(errB)); err != nil {
			return false, err
		}
		if !bytes.Equal(left[:n], right[:n]) {
			return false, nil
		}
	}
	return true, nil
}

// noEnd is the error of a ReadAt, unless it says that the file ends there.
func noEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
