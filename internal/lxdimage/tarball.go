package lxdimage

import (
	"archive/tar"
	"context"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"lxdocker/internal/rootfs"
	"lxdocker/internal/tarball"
)

// capability is the extended attribute that Incus from 6.0.5 and 6.13 on loses
// when it unpacks squashfs (it calls unsquashfs -user-xattrs), but not when it
// unpacks a tar archive.
const capability = "security.capability"

func hasCapabilities(t *rootfs.Tree) bool {
	for _, inode := range t.All() {
		if _, ok := inode.Xattrs[capability]; ok {
			return true
		}
	}
	return false
}

// writeTarball writes the root file system of a split image as a tar archive:
// the daemon unpacks it in rootfs/, so names have no such prefix.
func writeTarball(ctx context.Context, out io.Writer, t *rootfs.Tree) error {
	// All that the bytes could depend on is fixed; how many cores there are is
	// not among it.
	packed, err := zstd.NewWriter(out, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithWindowSize(zstdWindow),
		zstd.WithEncoderConcurrency(2), zstd.WithEncoderCRC(true))
	if err != nil {
		return fmt.Errorf("starting zstd: %w", err)
	}
	w := tar.NewWriter(packed)
	if err := tarball.Write(ctx, w, t, ""); err != nil {
		packed.Close()
		return err
	}
	if err := w.Close(); err != nil {
		packed.Close()
		return fmt.Errorf("ending the root file system's tar: %w", err)
	}
	if err := packed.Close(); err != nil {
		return fmt.Errorf("ending zstd: %w", err)
	}
	return nil
}

// zstdWindow is what the zstd program uses at its default level for such an
// input, and the larger part of the memory this takes.
const zstdWindow = 2 << 20
