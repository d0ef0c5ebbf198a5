package replica

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// attributes gives a copy the owner, permissions, extended attributes and times of its
// original. The order counts: a change of the owner takes permissions away, and every change
// of a folder is one of its time.
func attributes(s unix.Stat_t, from, to string) error {
	if err := os.Lchown(to, int(s.Uid), int(s.Gid)); err != nil {
		return err
	}
	if kind(s) != unix.S_IFLNK {
		if err := unix.Chmod(to, s.Mode&0o7777); err != nil {
			return fmt.Errorf("changing the permissions of %s: %w", to, err)
		}
	}
	wanted, err := xattrs(from)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		if err := unix.Lsetxattr(to, name, []byte(wanted[name]), 0); err != nil {
			return fmt.Errorf("giving %s the extended attribute %s: %w", to, name, err)
		}
	}
	if err := unix.UtimesNanoAt(unix.AT_FDCWD, to, []unix.Timespec{s.Atim, s.Mtim}, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return fmt.Errorf("changing the times of %s: %w", to, err)
	}
	return nil
}

func removeXattrs(name string) error {
	all, err := xattrs(name)
	if err != nil {
		return err
	}
	for key := range all {
		if err := unix.Lremovexattr(name, key); err != nil {
			return fmt.Errorf("removing the extended attribute %s of %s: %w", key, name, err)
		}
	}
	return nil
}

// xattrs are the extended attributes that belong to a file, and not to the machine: labels of
// SELinux and the like depend on where a file is.
func xattrs(name string) (map[string]string, error) {
	list, err := sized(func(into []byte) (int, error) { return unix.Llistxattr(name, into) })
	if errors.Is(err, unix.ENOTSUP) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("listing the extended attributes of %s: %w", name, err)
	}
	all := map[string]string{}
	for key := range strings.SplitSeq(string(list), "\x00") {
		if key == "" || strings.HasPrefix(key, "trusted.") || strings.HasPrefix(key, "security.") && key != "security.capability" {
			continue
		}
		value, err := sized(func(into []byte) (int, error) { return unix.Lgetxattr(name, key, into) })
		if errors.Is(err, unix.EOVERFLOW) {
			continue // a capability that counts outside of the instance alone
		}
		if err != nil {
			return nil, fmt.Errorf("reading the extended attribute %s of %s: %w", key, name, err)
		}
		all[key] = string(value)
	}
	return all, nil
}

// sized reads something whose size the kernel says if there is no room for it.
func sized(read func(into []byte) (int, error)) ([]byte, error) {
	size, err := read(nil)
	if err != nil || size == 0 {
		return nil, err
	}
	value := make([]byte, size)
	size, err = read(value)
	return value[:max(size, 0)], err
}
