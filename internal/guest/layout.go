package guest

import (
	"fmt"
	"path"
	"strings"

	"lxdocker/internal/rootfs"
)

// layOut makes the directories and files that a container needs (T21).
func layOut(t *rootfs.Tree) error {
	// LXC mounts over these: they have to be directories, not links to some.
	for _, name := range []string{"dev", "proc", "sys"} {
		if ino, ok := t.Lstat(name); ok && ino.Kind == rootfs.Dir {
			continue
		}
		if err := replace(t, addition{path: name, mode: 0o755}); err != nil {
			return err
		}
	}
	if err := makeDir(t, "/run", 0o755); err != nil {
		return err
	}
	if err := makeDir(t, "/tmp", 0o1777); err != nil {
		return err
	}
	if err := layOutEtc(t); err != nil {
		return err
	}
	return layOutDocker(t)
}

// layOutDocker creates what Docker adds to each of its containers
// (moby/daemon/initlayer/setup_unix.go), and LXD and Incus do not: entrypoints look for
// /.dockerenv before they start, and choose the folder of their data by it. Names that the
// image has there stay, even a link that leads nowhere.
func layOutDocker(t *rootfs.Tree) error {
	for name, ino := range map[string]rootfs.Inode{
		".dockerenv": {Kind: rootfs.File, Mode: 0o755, Content: rootfs.Bytes{}},
		"etc/mtab":   {Kind: rootfs.Symlink, Target: "/proc/mounts"},
	} {
		if _, ok := t.Lstat(name); ok {
			continue
		}
		ino.ModTime = rootfs.Epoch
		if err := t.Put(name, ino); err != nil {
			return err
		}
	}
	return nil
}

// layOutEtc makes the files of /etc that the host writes (see [Templates]). None
// of them is a symlink, which would lead the host elsewhere, or a hardlink, which
// would spread the content to other files.
func layOutEtc(t *rootfs.Tree) error {
	if err := makeDir(t, "/etc", 0o755); err != nil {
		return err
	}
	if err := straighten(t, "etc"); err != nil {
		return err
	}
	for _, name := range []string{"etc/hostname", "etc/hosts"} {
		if err := replace(t, addition{name, 0o644, []byte{}}); err != nil {
			return err
		}
	}
	if _, ok := t.Lstat("etc/resolv.conf"); ok {
		return nil
	}
	return replace(t, addition{"etc/resolv.conf", 0o644, []byte{}})
}

// straighten turns a top-level symlink to a directory into a relative one without
// detours: "etc -> /usr/etc" leads into the image in the container, but out of it
// for a daemon that opens ROOTFS/etc/hosts on the host.
func straighten(t *rootfs.Tree, name string) error {
	ino, ok := t.Lstat(name)
	if !ok || ino.Kind != rootfs.Symlink {
		return nil
	}
	inside, err := t.Resolve(name + "/x")
	if err != nil {
		return err
	}
	straight := *ino
	straight.Target = path.Dir(inside)
	return t.Put(name, straight)
}

// makeDir makes a directory if there is none. Symlinks are followed, even dangling
// ones; a file that is in the way stays.
func makeDir(t *rootfs.Tree, name string, mode uint32) error {
	if _, ok := t.Lookup(name); ok {
		return nil
	}
	for range 40 { // as many as Linux follows
		resolved, err := t.Resolve(name)
		if err != nil {
			return err
		}
		ino, ok := t.Lstat(resolved)
		if !ok {
			return t.Put(resolved, rootfs.Inode{Kind: rootfs.Dir, Mode: mode, ModTime: rootfs.Epoch})
		}
		name = target(resolved, ino)
	}
	return fmt.Errorf("making the directory %q: too many symbolic links", name)
}

// target is where the symlink at a resolved path leads, from the root.
func target(at string, link *rootfs.Inode) string {
	if strings.HasPrefix(link.Target, "/") {
		return link.Target
	}
	return "/" + path.Dir(at) + "/" + link.Target
}

// moveInit makes the image's own /sbin/init, if it has one, /lxd-realinit. One
// that is a symlink (to systemd, to busybox) keeps leading to the same file.
func moveInit(t *rootfs.Tree) error {
	if err := t.Remove("lxd-realinit"); err != nil {
		return err
	}
	at, err := t.Resolve("sbin/init")
	if err != nil {
		return err
	}
	ino, ok := t.Lstat(at)
	switch {
	case !ok:
		return nil
	case ino.Kind != rootfs.Symlink:
		return t.Rename(at, "lxd-realinit")
	}
	to, err := t.Resolve(target(at, ino))
	if err != nil {
		return err
	}
	moved := *ino
	moved.Target = "/" + to
	if err := t.Put("lxd-realinit", moved); err != nil {
		return err
	}
	return t.Remove(at)
}
