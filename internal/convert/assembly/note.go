package assembly

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"slices"

	"lxdocker/internal/block"
	"lxdocker/internal/contents"
	"lxdocker/internal/rootfs"
)

// namesAtOnce is after how many names it is looked whether the work has to end.
const namesAtOnce = 1 << 10

func noteTree(ctx context.Context, to io.Writer, tree *rootfs.Tree) error {
	w, err := contents.NewWriter(to)
	if err != nil {
		return err
	}
	links := tree.Links()
	seen := map[uint32]bool{} // of those with several names
	n := 0
	for path, ino := range tree.All() {
		if n++; n%namesAtOnce == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		e := contents.Entry{Path: path, Kind: kinds[ino.Kind], Mode: ino.Mode, UID: ino.UID, GID: ino.GID, Layer: int(ino.Layer)}
		if ino.Kind != rootfs.Dir && links[ino.Number] > 1 {
			e.Again = seen[ino.Number]
			seen[ino.Number] = true
		}
		var open func() io.Reader
		if ino.Kind == rootfs.File && ino.Content != nil {
			e.Size, open = ino.Content.Size(), ino.Content.Open
		}
		if e.Sum, err = sumOf(tree, ino); err != nil {
			return fmt.Errorf("reading %q: %w", path, err)
		}
		if err := w.Add(e, open); err != nil {
			return err
		}
		if n > contents.MaxNames {
			break // one more than are noted, which says so
		}
	}
	return w.Close()
}

var kinds = [...]contents.Kind{
	rootfs.Dir: contents.Dir, rootfs.File: contents.File, rootfs.Symlink: contents.Symlink,
	rootfs.CharDevice: contents.Device, rootfs.BlockDevice: contents.Device, rootfs.FIFO: contents.FIFO,
}

// sumOf is of all that an inode holds beside what an Entry says. The sums of files in layers
// are known.
func sumOf(tree *rootfs.Tree, ino *rootfs.Inode) (contents.Sum, error) {
	var sum contents.Sum
	switch ino.Kind {
	case rootfs.File:
		if ino.Content == nil || ino.Content.Size() == 0 {
			break
		}
		lot, number := tree.Lot(ino.Number)
		if in, ok := lot.(interface {
			Stored(number uint32) (*block.Store, block.File)
		}); ok {
			_, f := in.Stored(number)
			sum = contents.Sum(f.Sum)
			break
		}
		h := sha256.New()
		if _, err := io.Copy(h, ino.Content.Open()); err != nil {
			return sum, err
		}
		sum = contents.Sum(h.Sum(nil))
	case rootfs.Symlink:
		sum = contents.Sum(block.SumOf([]byte(ino.Target)))
	case rootfs.CharDevice, rootfs.BlockDevice:
		sum = contents.Sum(block.SumOf(fmt.Append(nil, ino.Kind, ino.Major, ino.Minor)))
	}
	if len(ino.Xattrs) == 0 {
		return sum, nil
	}
	h := sha256.New()
	h.Write(sum[:])
	for _, key := range slices.Sorted(maps.Keys(ino.Xattrs)) {
		fmt.Fprintf(h, "%q=%q\n", key, ino.Xattrs[key])
	}
	return contents.Sum(h.Sum(nil)), nil
}
