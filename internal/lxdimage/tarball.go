package lxdimage

import (
	"archive/tar"
	"context"
	"fmt"
	"io"

	"lxdocker/internal/rootfs"
	"lxdocker/internal/tarball"
)

// capability is the extended attribute that Incus, from 6.0.5 and 6.13 on, drops when
// it unpacks a squashfs (it calls unsquashfs -user-xattrs), but keeps when it unpacks a
// tar archive.
const capability = "security.capability"

func hasCapabilities(t *rootfs.Tree) bool {
	for _, inode := range t.Names() {
		if _, ok := inode.Xattrs[capability]; ok {
			return true
		}
	}
	return false
}

// writeTarball writes the root file system of a split image as a tar archive. The
// daemon unpacks it into rootfs/, so names have no such prefix.
func writeTarball(ctx context.Context, out io.Writer, o Options, t *rootfs.Tree) error {
	return zipped(out, func(out io.Writer) error {
		w := tar.NewWriter(out)
		if err := tarball.Write(ctx, w, t, "", o.Progress); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return fmt.Errorf("ending the root file system's tar: %w", err)
		}
		return nil
	})
}
