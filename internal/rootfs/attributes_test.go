package rootfs_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"lxdocker/internal/rootfs"
)

// capability is cap_net_bind_service=ep as the kernel stores it. It takes no other bytes.
const capability = "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// hasUserXattrs says whether a tmpfs stores user.* (Linux 6.6).
var hasUserXattrs = func() bool {
	var u unix.Utsname
	var major, minor int
	err := unix.Uname(&u)
	if err == nil {
		_, err = fmt.Sscanf(unix.ByteSliceToString(u.Release[:]), "%d.%d", &major, &minor)
	}
	return err == nil && (major > 6 || major == 6 && minor >= 6)
}()

// drawAttributes draws owner, time and extended attributes: few, so that they meet.
func drawAttributes(t *rapid.T, ino *rootfs.Inode) {
	n := rapid.IntRange(0, 1<<8-1).Draw(t, "attributes")
	ino.UID, ino.GID, ino.ModTime = uint32(n&3)*1000, uint32(n>>2&3), int64(n>>4&3)+1
	if ino.Kind != rootfs.File && ino.Kind != rootfs.Dir {
		return
	}
	ino.Xattrs = map[string]string{}
	if n>>6&1 == 1 && ino.Kind == rootfs.File {
		ino.Xattrs["security.capability"] = capability
	}
	if n>>7&1 == 1 && hasUserXattrs {
		ino.Xattrs["user.n"] = fmt.Sprint(n & 7)
	}
}

// describe gives what is at a path owner, mode and extended attributes; setTime comes last.
func describe(path string, ino *rootfs.Inode) error {
	for name := range xattrsOf(path) {
		if err := unix.Lremovexattr(path, name); err != nil {
			return err
		}
	}
	err := os.Lchown(path, int(ino.UID), int(ino.GID)) // takes capabilities and setuid away
	if ino.Kind != rootfs.Symlink {
		err = errors.Join(err, os.Chmod(path, fs.FileMode(ino.Mode)))
	}
	for name, value := range ino.Xattrs {
		err = errors.Join(err, unix.Lsetxattr(path, name, []byte(value), 0))
	}
	return err
}

func setTime(path string, seconds int64) error {
	at := unix.NsecToTimespec(seconds * int64(time.Second))
	return unix.UtimesNanoAt(unix.AT_FDCWD, path, []unix.Timespec{at, at}, unix.AT_SYMLINK_NOFOLLOW)
}

// xattrsOf reads those that these tests set.
func xattrsOf(path string) map[string]string {
	found := map[string]string{}
	for _, name := range []string{"security.capability", "user.n"} {
		value := make([]byte, 64)
		if n, err := unix.Lgetxattr(path, name, value); err == nil {
			found[name] = string(value[:n])
		}
	}
	return found
}

// attributes writes what lineOf does not.
func attributes(ino *rootfs.Inode) string {
	text := fmt.Sprintf(" %d:%d @%d", ino.UID, ino.GID, ino.ModTime)
	for _, name := range slices.Sorted(maps.Keys(ino.Xattrs)) {
		text += fmt.Sprintf(" %s=%q", name, ino.Xattrs[name])
	}
	return text
}

func listAll(tree *rootfs.Tree) []string { return listWith(tree, attributes) }
