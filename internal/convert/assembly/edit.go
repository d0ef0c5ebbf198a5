package assembly

import (
	"fmt"

	"lxdocker/internal/rootfs"
	"lxdocker/internal/spec"
)

// edit carries out the `files:` of a spec, in their order.
func edit(t *rootfs.Tree, files []spec.File) error {
	for _, f := range files {
		if err := editOne(t, f); err != nil {
			return fmt.Errorf("changing %s as the spec says: %w", f.Path, err)
		}
	}
	return nil
}

func editOne(t *rootfs.Tree, f spec.File) error {
	inode := rootfs.Inode{UID: f.UID, GID: f.GID, ModTime: rootfs.Epoch}
	switch {
	case f.Remove:
		return t.Remove(f.Path)
	case f.Symlink != "":
		inode.Kind, inode.Mode, inode.Target = rootfs.Symlink, 0o777, f.Symlink
	case f.Directory:
		inode.Kind, inode.Mode = rootfs.Dir, mode(f, 0o755)
	case f.Content != nil:
		inode.Kind, inode.Mode, inode.Content = rootfs.File, mode(f, 0o644), rootfs.Bytes(*f.Content)
	}
	return t.Put(f.Path, inode)
}

func mode(f spec.File, otherwise uint32) uint32 {
	if f.Mode != nil {
		return *f.Mode
	}
	return otherwise
}
