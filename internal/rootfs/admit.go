package rootfs

import (
	"bytes"
	"fmt"
	"strings"
)

// Limits of Linux: longer names and values could be stored, but never unpacked.
const (
	maxName       = 255   // NAME_MAX
	maxPath       = 4095  // PATH_MAX without its NUL; also for the target of a symbolic link
	maxXattrName  = 255   // XATTR_NAME_MAX
	maxXattrValue = 65536 // XATTR_SIZE_MAX
)

// admit checks an inode and normalizes it.
func admit(ino *Inode) error {
	switch ino.Kind {
	case Dir, File, CharDevice, BlockDevice, FIFO:
	case Symlink:
		switch {
		case ino.Target == "":
			return fmt.Errorf("a symbolic link without a target")
		case len(ino.Target) > maxPath:
			return fmt.Errorf("a symbolic link with a target of %d bytes: Linux allows %d", len(ino.Target), maxPath)
		case strings.IndexByte(ino.Target, 0) >= 0:
			return fmt.Errorf("a symbolic link with a NUL byte in its target %q", ino.Target)
		}
	default:
		return fmt.Errorf("unknown kind %d of inode", ino.Kind)
	}
	ino.Mode &= 0o7777
	if ino.Kind == Symlink {
		ino.Mode = 0o777 // symlink(7): Linux has no other
	}
	// Squashfs has 32 unsigned bits for it. Other writers fail on times outside, or wrap
	// silently.
	ino.ModTime = min(max(ino.ModTime, 0), 1<<32-1)
	ino.Xattrs = keepXattrs(ino.Kind, ino.Xattrs)
	return nil
}

// keepXattrs returns the extended attributes that an image may have (T10):
// security.capability, without which ping and web servers on port 80 lose their
// rights, and user.*. The others do harm:
//   - trusted.* needs CAP_SYS_ADMIN in the initial user namespace and holds
//     overlayfs's own notes: unsquashfs fails on it in unprivileged containers;
//   - security.selinux, security.ima and the like are labels of the machine that
//     built the image;
//   - system.posix_acl_* cannot be stored in squashfs, which knows only the
//     prefixes user, trusted and security;
//   - user.* on anything but files and directories, and attributes larger than
//     Linux allows (xattr(7)), are accepted by no kernel.
func keepXattrs(kind Kind, xattrs map[string]string) map[string]string {
	keep := func(name, value string) bool {
		if len(name) > maxXattrName || len(value) > maxXattrValue || strings.IndexByte(name, 0) >= 0 {
			return false
		}
		user := strings.HasPrefix(name, "user.") && len(name) > len("user.")
		return name == "security.capability" || user && (kind == File || kind == Dir)
	}
	var kept map[string]string
	for name, value := range xattrs {
		if keep(name, value) {
			if kept == nil {
				kept = make(map[string]string)
			}
			kept[name] = value
		}
	}
	return kept
}

// checkNames refuses names that no file can have, and paths of them.
func checkNames(names [][]byte) error {
	length := len(names) - 1 // the slashes
	for _, name := range names {
		switch {
		case len(name) > maxName:
			return fmt.Errorf("a name of %d bytes: Linux allows %d", len(name), maxName)
		case bytes.IndexByte(name, 0) >= 0:
			return fmt.Errorf("a NUL byte in the name")
		}
		length += len(name)
	}
	if length > maxPath {
		return fmt.Errorf("a path of %d bytes: Linux allows %d", length, maxPath)
	}
	return nil
}
